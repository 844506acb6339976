export { draftBackup, makeBackup, type TestBackup, testKeyring } from './backups.js';
export { MemoryStore } from './memory-store.js';
