// The names in an archive that was chosen, read here and before anything is sent. Whatever cannot be read gives null: the
// server decides what it takes, and this only tells early what is plain to see.
"use strict";

const MOST_NAMES = 5000;
const MOST_INFLATED = 200e6;
const BLOCK = 512;

const bytesOf = async (blob, from, to) => new Uint8Array(await blob.slice(from, to).arrayBuffer());

const textOf = (bytes) => {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
};

const namesIn = async (file) => {
  try {
    const [first, second] = await bytesOf(file, 0, 2);
    if (first === 0x50 && second === 0x4b) return await namesInZip(file);
    const tar = first === 0x1f && second === 0x8b ? await inflated(file) : file;
    return tar && (await namesInTar(tar));
  } catch {
    return null;
  }
};

const inflated = async (file) => {
  const chunks = [];
  let size = 0;
  for (const reader = file.stream().pipeThrough(new DecompressionStream("gzip")).getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return new Blob(chunks);
    chunks.push(value);
    size += value.length;
    if (size > MOST_INFLATED) {
      await reader.cancel();
      return null;
    }
  }
};

// A header of one block, then the content in whole blocks (POSIX ustar, with the long names of pax and of GNU).
const namesInTar = async (tar) => {
  const names = [];
  let longer = "";
  for (let at = 0; at + BLOCK <= tar.size && names.length < MOST_NAMES; ) {
    const head = await bytesOf(tar, at, at + BLOCK);
    if (!head.some((byte) => byte)) return names;
    const size = parseInt(textOf(head.subarray(124, 136)), 8);
    if (textOf(head.subarray(257, 262)) !== "ustar" || !(size >= 0)) return null;
    at += BLOCK;
    const kind = textOf(head.subarray(156, 157)) || "0";
    if (kind === "L" || kind === "x") {
      const said = textOf(await bytesOf(tar, at, at + size));
      longer = kind === "L" ? said : (said.match(/^\d+ path=(.*)$/m) || ["", ""])[1];
    } else {
      // GNU keeps other things where POSIX has the folder.
      const folder = head[262] === 0 ? textOf(head.subarray(345, 500)) : "";
      const name = textOf(head.subarray(0, 100));
      if (kind === "0") names.push(longer || (folder ? `${folder}/${name}` : name));
      longer = "";
    }
    at += Math.ceil(size / BLOCK) * BLOCK;
  }
  return names.length < MOST_NAMES ? names : null;
};

// The directory at the end, which ends in a record of 22 bytes and a comment.
const namesInZip = async (zip) => {
  const from = Math.max(0, zip.size - 22 - 65535);
  const tail = await bytesOf(zip, from, zip.size);
  const view = new DataView(tail.buffer);
  let end = tail.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end -= 1;
  const count = view.getUint16(end + 10, true);
  const size = view.getUint32(end + 12, true);
  if (count > MOST_NAMES || size > from + end) return null;
  const list = await bytesOf(zip, from + end - size, from + end);
  const entries = new DataView(list.buffer);
  const names = [];
  for (let at = 0; names.length < count; ) {
    if (entries.getUint32(at, true) !== 0x02014b50) return null;
    const [name, extra, comment] = [28, 30, 32].map((field) => entries.getUint16(at + field, true));
    names.push(new TextDecoder().decode(list.subarray(at + 46, at + 46 + name)));
    at += 46 + name + extra + comment;
  }
  return names;
};

// Which of the expected files are nowhere in it, in whatever folder; each may be one of several, as "a.md | a.pdf".
const lacking = (names, expected) => {
  const ends = names.map((name) => `/${name.normalize("NFC")}`);
  return expected.filter(
    (entry) => !entry.split("|").some((path) => ends.some((name) => name.endsWith(`/${path.trim()}`))),
  );
};
