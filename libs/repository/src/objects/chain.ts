import { pipeline, type Readable, type Transform } from 'node:stream';

/** The source as it leaves the last transform; an error of any of them is that stream's error, and ends them all. */
export function chain(source: Readable, ...transforms: readonly [Transform, ...Transform[]]): Readable {
  // pipeline destroys every stream with the error, the last one too, which is where the reader sees it.
  return pipeline([source, ...transforms], () => undefined) as Transform;
}
