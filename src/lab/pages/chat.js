/**
 * The chat page: one WebSocket, kept open; what it says, shown as text.
 *
 * Spec      the sub-protocol barewire.chat.v1 (src/chat/protocol.ts), the WHATWG WebSocket
 * Next      chat.html - the elements that are looked up here by their ids
 * Left out  markup in messages: whatever people type is inserted with textContent only
 *
 *   Link      a WebSocket that comes back by itself
 *   Outbox    what was typed and is not acknowledged yet; one message is on its way at a time, so
 *             that nothing overtakes and a refusal for being too fast can simply be tried again
 *   Timeline  the list of messages; knows by their offsets which it shows already
 */

const protocolName = 'barewire.chat.v1';
const maxTextBytes = 4096;
const firstRetryMs = 500;
const longestRetryMs = 30_000;
/** A connection that lasted so long is good: the next failure begins with short waits again. */
const stableMs = 10_000;
/** Connecting, joining and being acknowledged may take so long; then the connection is given up. */
const answerMs = 10_000;
/** The waits after "too fast" and after "that name is taken", where it was ours before. */
const resendMs = 300;
const rejoinMs = 2000;
const shownMessages = 1000;

const byId = (id) => document.getElementById(id);

/** Makes an element with a class and a text; never with markup. */
function element(tag, className, text = '') {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/** A WebSocket that is opened again, with growing and random waits, until `close` is called. */
class Link {
  #url;
  #calls;
  #socket;
  #attempts = 0;
  #retryTimer;
  #answerTimer;
  #stableTimer;

  /** calls: opened(), received(message), lost() */
  constructor(url, calls) {
    this.#url = url;
    this.#calls = calls;
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  open() {
    this.close();
    const socket = new WebSocket(this.#url, protocolName);
    this.#socket = socket;
    // Events of a socket that was given up do not count any more.
    const listen = (type, listener) =>
      socket.addEventListener(type, (event) => {
        if (socket === this.#socket) listener(event);
      });
    listen('open', () => {
      this.answered();
      this.#stableTimer = setTimeout(() => (this.#attempts = 0), stableMs);
      this.#calls.opened();
    });
    listen('message', (event) => this.#calls.received(JSON.parse(event.data)));
    listen('close', () => this.#lose());
    this.expectAnswer();
  }

  /** Ends the connection and all attempts. */
  close() {
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#stableTimer);
    this.answered();
    this.#retryTimer = undefined;
    this.#socket?.close();
    this.#socket = undefined;
  }

  send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  /** Does not wait any longer, if it is waiting: there is reason to hope. */
  retryNow() {
    if (this.#retryTimer !== undefined) this.open();
  }

  /** Something must come back soon; a dead connection shows only by its silence. */
  expectAnswer() {
    clearTimeout(this.#answerTimer);
    this.#answerTimer = setTimeout(() => this.#lose(), answerMs);
  }

  answered() {
    clearTimeout(this.#answerTimer);
  }

  #lose() {
    this.close();
    // Full jitter: a random part of a limit that doubles. All pages come back after a restart of
    // the server, but not all at once.
    const limitMs = Math.min(longestRetryMs, firstRetryMs * 2 ** this.#attempts++);
    this.#retryTimer = setTimeout(() => this.open(), Math.random() * limitMs);
    this.#calls.lost();
  }
}

/** Messages without an ack, oldest first; only the first may be on its way. */
class Outbox {
  #entries = [];
  #nextId = 1;

  get first() {
    return this.#entries[0];
  }

  add(text, item) {
    this.#entries.push({ id: this.#nextId++, text, item, isSent: false, isClaimed: false });
  }

  /** Takes out the message that an ack or an error names, if it still waits. */
  take(id) {
    return this.first?.id === id ? this.#entries.shift() : undefined;
  }

  /** Whether a message that came back from the room is the one on its way. */
  claim(text) {
    const entry = this.first;
    if (!entry?.isSent || entry.isClaimed || entry.text !== text) return false;
    entry.isClaimed = true;
    entry.item.remove();
    return true;
  }

  /** After a reconnect: what the history showed has arrived; the rest is to be sent again. */
  settle() {
    if (this.first?.isClaimed) this.#entries.shift();
    if (this.first !== undefined) this.first.isSent = false;
  }

  clear() {
    for (const { item } of this.#entries.splice(0)) item.remove();
  }
}

/** The list of messages, notes in between, pending ones at the end. */
class Timeline {
  #log = byId('log');
  #list = byId('messages');
  #silence = byId('silence');
  #newest = byId('newest');
  #unseen = 0;
  #lastOffset = 0;
  /** Offset to time of what is shown: by these a room that began anew is told from the old one. */
  #times = new Map();
  #lastSaid;
  /** Whether the end was in view when something last changed; a keyboard must not push it away. */
  #follows = true;

  constructor() {
    this.#newest.addEventListener('click', () => this.toEnd());
    this.#log.addEventListener('scroll', () => {
      this.#follows = this.#isAtEnd();
      if (this.#follows) this.#sawAll();
    });
    new ResizeObserver(() => {
      if (this.#follows) this.toEnd();
    }).observe(this.#log);
  }

  clear() {
    this.#list.replaceChildren();
    this.#silence.hidden = false;
    this.#forget();
    this.#sawAll();
  }

  #forget() {
    this.#lastOffset = 0;
    this.#times.clear();
    this.#lastSaid = undefined;
  }

  /** The history that comes with each join: shows what is new in it. Returns those messages. */
  welcome(history) {
    const newest = history.at(-1)?.offset ?? 0;
    const isOther = ({ offset, at }) => (this.#times.get(offset) ?? at) !== at;
    if (newest < this.#lastOffset || history.some(isOther)) {
      this.note('The room was begun anew.');
      this.#forget();
    }
    const oldest = history[0]?.offset ?? 1;
    if (this.#lastOffset > 0 && oldest > this.#lastOffset + 1) {
      this.note('Some messages were missed.');
    }
    return history.filter(({ offset }) => offset > this.#lastOffset);
  }

  /** Shows a message of the room, unless it is shown already. */
  show(message, isMine) {
    if (message.offset <= this.#lastOffset) return;
    this.#lastOffset = message.offset;
    this.#times.set(message.offset, message.at);
    const item = this.#item(message.from, message.text, isMine);
    const time = element('time', 'time', shortTime(new Date(message.at)));
    time.dateTime = message.at;
    time.title = new Date(message.at).toLocaleString();
    item.querySelector('.from').after(time);
    const minute = message.at.slice(0, 16);
    const same = this.#lastSaid?.from === message.from && this.#lastSaid.minute === minute;
    item.classList.toggle('more', same);
    this.#lastSaid = { from: message.from, minute };
    this.#insert(item, isMine);
  }

  /** Shows a message that waits for its ack. Returns its item, to be removed. */
  showPending(name, text) {
    const item = this.#item(name, text, true);
    item.classList.add('pending');
    item.querySelector('.from').after(element('span', 'time', 'sending…'));
    this.#follow(() => this.#list.append(item), true);
    return item;
  }

  /** A line that nobody said. */
  note(text) {
    this.#lastSaid = undefined;
    this.#insert(element('li', 'note', text), false, true);
  }

  toEnd() {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#follows = true;
    this.#sawAll();
  }

  #item(name, text, isMine) {
    const item = element('li', isMine ? 'message mine' : 'message');
    const from = element('span', `from ${hueOf(name)}`, name);
    const body = element('div', 'text', text);
    from.dir = 'auto';
    body.dir = 'auto';
    item.append(from, ' ', body);
    return item;
  }

  #insert(item, isMine, isNote = false) {
    this.#silence.hidden = true;
    const place = this.#list.querySelector('.pending');
    const followed = this.#follow(() => this.#list.insertBefore(item, place), isMine);
    if (!followed && !isNote) this.#showUnseen(this.#unseen + 1);
    // A page that stays open for days keeps a bounded list.
    if (followed && this.#list.children.length > shownMessages) this.#list.firstChild.remove();
    this.#times.delete(this.#lastOffset - shownMessages);
  }

  /** Makes a change, and stays at the end if that was in view, or must. Returns whether it did. */
  #follow(change, isForced) {
    const follows = isForced || this.#isAtEnd();
    this.#silence.hidden = true;
    change();
    if (follows) this.toEnd();
    else this.#follows = false;
    return follows;
  }

  #isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    return scrollHeight - scrollTop - clientHeight < 48;
  }

  #sawAll() {
    this.#follows = true;
    this.#showUnseen(0);
  }

  #showUnseen(count) {
    this.#unseen = count;
    this.#newest.hidden = count === 0;
    this.#newest.textContent = count === 1 ? '1 new message ↓' : `${count} new messages ↓`;
  }
}

/** One of eight colours, the same for a name wherever it stands. */
function hueOf(name) {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + character.codePointAt(0)) % 9973;
  return `hue-${sum % 8}`;
}

/** The time in the reader's own way, with the date if it was not today. */
function shortTime(date) {
  const isToday = date.toDateString() === new Date().toDateString();
  const format = isToday ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' };
  return new Intl.DateTimeFormat(undefined, format).format(date);
}

/** The page: what is wanted (a room and a name), what the server said of it, and the forms. */
class ChatPage {
  #link;
  #outbox = new Outbox();
  #timeline = new Timeline();
  /** The room and name asked for; undefined outside. */
  #wanted;
  /** The room and name the server gave; undefined until it did, and while the link is lost. */
  #joined;
  #members = [];
  #wasOnline = false;
  /** Joins, and says, again after a refusal that may pass; a new connection starts afresh. */
  #rejoinTimer;
  #resendTimer;
  #unreadWhileHidden = 0;

  constructor() {
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    this.#link = new Link(`${scheme}//${location.host}/chat`, {
      opened: () => this.#opened(),
      received: (message) => this.#received(message),
      lost: () => this.#lost(),
    });
    byId('room').value = new URLSearchParams(location.search).get('room') || 'lobby';
    byId('name').value = remembered('name');
    byId('join-form').addEventListener('submit', (event) => this.#submitJoin(event));
    byId('say-form').addEventListener('submit', (event) => this.#submitSay(event));
    byId('text').addEventListener('keydown', (event) => this.#keyInText(event));
    byId('leave').addEventListener('click', () => this.#leave());
    byId('people').addEventListener('click', () => this.#togglePeople());
    addEventListener('online', () => this.#link.retryNow());
    document.addEventListener('visibilitychange', () => this.#visibilityChanged());
    visualViewport?.addEventListener('resize', fitKeyboard);
    this.#showMembers();
    this.#link.open();
    byId('name').focus();
  }

  // The connection

  #opened() {
    this.#wasOnline = true;
    if (this.#wanted !== undefined) this.#askToJoin();
    else this.#showStatus('online');
  }

  #lost() {
    this.#giveUpPlans();
    this.#joined = undefined;
    if (this.#wasOnline) this.#showStatus('reconnecting');
  }

  #giveUpPlans() {
    clearTimeout(this.#rejoinTimer);
    clearTimeout(this.#resendTimer);
  }

  #askToJoin() {
    this.#link.send({ type: 'join', room: this.#wanted.room, name: this.#wanted.name });
    this.#link.expectAnswer();
  }

  #received(message) {
    this.#link.answered();
    if (message.type === 'joined') this.#gotIn(message);
    else if (message.type === 'message') this.#heard(message);
    else if (message.type === 'ack') this.#acknowledged(message);
    else if (message.type === 'member') this.#memberChanged(message);
    else if (message.type === 'error') this.#refused(message);
    if (this.#outbox.first?.isSent) this.#link.expectAnswer();
  }

  #gotIn({ room, name, members, history }) {
    this.#joined = { room, name };
    this.#members = members;
    this.#showMembers();
    this.#showStatus('online');
    this.#enterView(room);
    complain('say-error', '');
    // A screen reader is not to read fifty old messages aloud.
    byId('log').setAttribute('aria-live', 'off');
    for (const message of this.#timeline.welcome(history)) this.#show(message);
    requestAnimationFrame(() => byId('log').setAttribute('aria-live', 'polite'));
    this.#outbox.settle();
    this.#sendFirst();
  }

  #heard(message) {
    this.#show(message);
    if (document.hidden) {
      this.#unreadWhileHidden++;
      this.#showTitle();
    }
  }

  #show(message) {
    const isMine = message.from === this.#joined.name;
    if (isMine) this.#outbox.claim(message.text);
    this.#timeline.show(message, isMine);
  }

  #memberChanged({ name, action }) {
    this.#members = this.#members.filter((member) => member !== name);
    if (action === 'join') this.#members.push(name);
    this.#showMembers();
  }

  #refused({ code, message, id }) {
    if (id !== undefined) this.#sayRefused(code, message, id);
    else if (this.#joined !== undefined) complain('say-error', sentence(code, message));
    else this.#joinRefused(code, message);
  }

  /** A first join goes back to the form; a rejoin is tried again while there is hope. */
  #joinRefused(code, message) {
    const isInside = document.body.dataset.view === 'inside';
    const mayPass = ['name-taken', 'room-full', 'too-many-rooms', 'rate-limited'].includes(code);
    if (isInside && mayPass) {
      // Our own old connection may hold the name until the server notices that it is dead.
      complain('say-error', `${sentence(code, message)} Trying again…`);
      const waitMs = rejoinMs * (1 + Math.random());
      this.#rejoinTimer = setTimeout(() => this.#askToJoin(), waitMs);
      return;
    }
    this.#wanted = undefined;
    this.#leaveView();
    this.#showStatus('online');
    complain('join-error', sentence(code, message));
    byId(code === 'bad-room' || code === 'room-full' ? 'room' : 'name').focus();
  }

  // Sending

  #submitJoin(event) {
    event.preventDefault();
    const [room, name] = [byId('room').value.trim(), byId('name').value.trim()];
    complain('join-error', '');
    if (name === '' || room === '') {
      complain('join-error', 'A name and a room are needed.');
      byId(name === '' ? 'name' : 'room').focus();
      return;
    }
    this.#wanted = { room, name };
    remember('name', name);
    this.#timeline.clear();
    if (this.#link.isOpen) this.#askToJoin();
    else complain('join-error', 'Not connected yet; you will join as soon as that is done.');
    this.#link.retryNow();
  }

  #submitSay(event) {
    event.preventDefault();
    const box = byId('text');
    const text = box.value.trimEnd();
    box.focus();
    if (text === '') return;
    const bytes = new TextEncoder().encode(text).length;
    if (bytes > maxTextBytes) {
      complain('say-error', `That is too long: ${bytes} bytes, and ${maxTextBytes} can be sent.`);
      return;
    }
    complain('say-error', '');
    box.value = '';
    const name = this.#joined?.name ?? this.#wanted.name;
    this.#outbox.add(text, this.#timeline.showPending(name, text));
    this.#sendFirst();
  }

  /** Sends the oldest message that waits, unless it is on its way, or there is no way. */
  #sendFirst() {
    const entry = this.#outbox.first;
    const isReady = this.#joined !== undefined && this.#link.isOpen;
    if (entry === undefined || entry.isSent || !isReady) return;
    entry.isSent = true;
    this.#link.send({ type: 'say', id: entry.id, text: entry.text });
    this.#link.expectAnswer();
  }

  #acknowledged({ id }) {
    this.#outbox.take(id)?.item.remove();
    this.#sendFirst();
  }

  #sayRefused(code, message, id) {
    const entry = this.#outbox.first;
    if (entry?.id !== id) return;
    if (code === 'rate-limited') {
      this.#resendTimer = setTimeout(() => {
        entry.isSent = false;
        this.#sendFirst();
      }, resendMs);
      return;
    }
    this.#outbox.take(id);
    entry.item.remove();
    complain('say-error', sentence(code, message));
    // Back to where it can be mended, unless something else is being typed there.
    if (byId('text').value === '') byId('text').value = entry.text;
    this.#sendFirst();
  }

  #keyInText(event) {
    // Enter also ends the choice of a character in an input method; in Safari with keyCode 229.
    const isChoosing = event.isComposing || event.keyCode === 229;
    if (event.key !== 'Enter' || event.shiftKey || isChoosing) return;
    event.preventDefault();
    byId('say-form').requestSubmit();
  }

  // What is shown

  /** There is no message for leaving a room: the connection ends, and a new one is in no room. */
  #leave() {
    this.#wanted = undefined;
    this.#joined = undefined;
    this.#giveUpPlans();
    this.#outbox.clear();
    this.#leaveView();
    this.#showStatus('connecting');
    this.#link.open();
    byId('name').focus();
  }

  #enterView(room) {
    const wasOutside = document.body.dataset.view !== 'inside';
    document.body.dataset.view = 'inside';
    byId('room-title').textContent = room;
    byId('room-title').hidden = false;
    complain('join-error', '');
    this.#showTitle();
    if (!wasOutside) return;
    history.replaceState(null, '', `?${new URLSearchParams({ room })}`);
    byId('text').focus();
  }

  #leaveView() {
    document.body.dataset.view = 'door';
    byId('room-title').hidden = true;
    this.#members = [];
    this.#showMembers();
    this.#showTitle();
  }

  #showStatus(state) {
    const status = byId('status');
    status.dataset.state = state;
    if (status.textContent !== state) status.textContent = state;
  }

  #showMembers() {
    const items = this.#members.map((name) => {
      const item = document.createElement('li');
      const label = element('span', `member ${hueOf(name)}`, name);
      label.dir = 'auto';
      item.append(label);
      if (name === this.#joined?.name) item.append(' ', element('span', 'you', '(you)'));
      return item;
    });
    byId('members').replaceChildren(...items);
    const count = this.#members.length;
    byId('people').textContent = count === 1 ? '1 person' : `${count} people`;
    byId('people-title').textContent = `In this room: ${count}`;
  }

  #togglePeople() {
    const isOpen = byId('people-panel').classList.toggle('open');
    byId('people').setAttribute('aria-expanded', String(isOpen));
  }

  #showTitle() {
    const room = this.#joined?.room;
    const unread = this.#unreadWhileHidden === 0 ? '' : `(${this.#unreadWhileHidden}) `;
    document.title = room === undefined ? 'barewire chat' : `${unread}${room} – barewire chat`;
  }

  #visibilityChanged() {
    if (document.hidden) return;
    this.#unreadWhileHidden = 0;
    this.#showTitle();
    this.#link.retryNow();
  }
}

const sentences = {
  'name-taken': 'Somebody in this room has that name already.',
  'bad-name': 'A name has 1 to 32 characters that can be seen.',
  'bad-room': 'A room’s name has 1 to 64 characters that can be seen.',
  'room-full': 'The room is full.',
  'too-many-rooms': 'There are as many rooms as there can be; choose one that exists.',
  'rate-limited': 'Too fast.',
  'text-too-long': 'That is too long.',
  'bad-text': 'There are characters in it that cannot be sent.',
};

/** An error in words for people; the server's own where we have none. */
function sentence(code, message) {
  return Object.hasOwn(sentences, code) ? sentences[code] : `The server says: ${message}.`;
}

function complain(id, text) {
  byId(id).textContent = text;
}

/** What this tab remembers over a reload; storage may be forbidden. */
function remembered(key) {
  try {
    return sessionStorage.getItem(`barewire.${key}`) ?? '';
  } catch {
    return '';
  }
}

function remember(key, value) {
  try {
    sessionStorage.setItem(`barewire.${key}`, value);
  } catch {
    // Then it has to be typed again.
  }
}

/** Safari lays its keyboard over the page without making the page smaller. */
function fitKeyboard() {
  const isZoomed = visualViewport.scale > 1.01;
  const height = isZoomed ? '100dvh' : `${Math.round(visualViewport.height)}px`;
  document.documentElement.style.setProperty('--visible-height', height);
}

new ChatPage();
