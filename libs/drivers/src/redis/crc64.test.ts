import { Crc64 } from './crc64.js';

describe('Crc64', () => {
  it("gives the check value of Redis' own test", () => {
    const crc = new Crc64();
    crc.update(Buffer.from('12345'));
    crc.update(Buffer.from('6789'));
    expect(crc.value).toBe(0xe9c6d914c4b8d9can);
  });
});
