// A whole service as its main.ts is, without a line of its own.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { runService } from '@novacron/service';

class EmptyModule {}
Module({})(EmptyModule);

await runService({ name: 'restoration', module: EmptyModule });
