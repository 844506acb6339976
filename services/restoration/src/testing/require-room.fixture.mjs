/** Asks a folder for so many bytes, as a restore does before it begins, and prints what it is told. */
import { requireRoom } from '../../dist/adapters/require-room.js';

const [, , path = '', bytes = '0'] = process.argv;
const told = await requireRoom([{ path: `${path}/not/there/yet`, bytes: Number(bytes) }]).then(
  () => ({ code: 'room' }),
  ({ code, details }) => ({ code, details }),
);
console.log(JSON.stringify(told));
