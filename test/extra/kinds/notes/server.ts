/** `node server.mjs FOLDER`: takes lines, and answers each with one. FOLDER has notes.conf and the password. */
export const SERVER = `import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const folder = process.argv[2];
const text = (name) => readFileSync(folder + '/' + name, 'utf8');
const config = Object.fromEntries(text('notes.conf').trim().split('\\n').map((line) => line.split(' ')));
const password = text('password');
const notes = new Map();

const COMMANDS = {
  COUNT: () => notes.size,
  GET: (name) => notes.get(name) ?? '-',
  SET: (name, value) => {
    if (notes.size >= Number(config['max-notes'])) return 'FULL';
    notes.set(name, value);
    return 'OK';
  },
};

const server = createServer((socket) => {
  let known = password === '';
  socket.on('error', () => socket.destroy());
  createInterface({ input: socket }).on('line', (line) => {
    const [command, name, ...value] = line.split(' ');
    if (command === 'AUTH') known ||= name === password;
    const answer = command === 'AUTH' ? (known ? 'OK' : 'NO') : known ? COMMANDS[command]?.(name, value.join(' ')) : 'NO';
    socket.write((answer ?? 'WHAT') + '\\n');
  });
});
server.listen(Number(config.port), config.bind, () => console.log('ready for notes'));
process.on('SIGTERM', () => process.exit(0));
`;
