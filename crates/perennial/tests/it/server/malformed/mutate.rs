//! Ways of breaking a request: byte by byte, value by value, line by line.

use perennial_sim::Dice;

/// Values that stand where others are wanted.
const VALUES: &[&str] = &[
    "null",
    "true",
    "0",
    "-1",
    "-0",
    "1e400",
    "99999999999999999999999999999999999999999",
    "0.1e-400",
    "NaN",
    "\"\"",
    "\" \"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\u{202e}\"",
    "[]",
    "{}",
    "[[[[[[[[[[]]]]]]]]]]",
    "{\"__proto__\":{}}",
    "\"0000-01-01T00:00:00Z\"",
    "\"9999-12-31T23:59:59Z\"",
    "\"[object Object]\"",
    "\"'; drop table customers; --\"",
    "\"{{7*7}}\"",
    "\"../../../etc/passwd\"",
    "1795322400",
];
/// Lines that stand among the headers.
const LINES: &[&str] = &[
    "Content-Length: 5",
    "Content-Length: -1",
    "Content-Length: 99999999999999999999",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: identity, chunked",
    "Content-Encoding: gzip",
    "Content-Encoding: br",
    "Content-Encoding: gzip, gzip",
    "Expect: 100-continue",
    "Connection: close",
    "Connection: upgrade\r\nUpgrade: h2c",
    "Authorization: Basic ====",
    "Authorization: Bearer",
    "Authorization: Basic d2tfdGVzdF8xMjM6",
    "Host:",
    "X: \u{0}",
    " folded: yes",
    "no colon",
    "Cookie: a=b",
    "X-Forwarded-For: 127.0.0.1",
    "Content-Type: multipart/form-data",
    "Range: bytes=0-",
];
/// Beginnings of a request.
const STARTS: &[&str] = &[
    "GET / HTTP/1.1",
    "POST /v1/batch HTTP/1.0",
    "POST /v1/batch HTTP/9.9",
    "PUT /v1/batch HTTP/1.1",
    "TRACE / HTTP/1.1",
    "OPTIONS * HTTP/1.1",
    "POST /v1/../../x HTTP/1.1",
    "POST /%2e%2e/%00 HTTP/1.1",
    "POST http://other/v1/batch HTTP/1.1",
    "POST /v1/batch?writeKey=%ff&a=&&=b HTTP/1.1",
    "PRI * HTTP/2.0",
    "\u{16}\u{3}\u{1}",
    "",
    "POST  /v1/batch  HTTP/1.1",
];
/// The longest run of bytes that is repeated, and how often.
const MAX_RUN: (usize, usize) = (64, 2_000);

/// A request that is broken in one to three ways, and whether its head is right: then it must be answered.
pub fn request(dice: &mut Dice, corpus: &[Vec<u8>]) -> (Vec<u8>, bool) {
    let valid = dice.pick(corpus);
    let split = valid.windows(4).position(|four| four == b"\r\n\r\n");
    let split = split.map_or(valid.len(), |at| at + 4);
    let (mut head, mut body) = (valid[..split].to_vec(), valid[split..].to_vec());
    let is_framed = dice.percent(85);
    for _ in 0..1 + dice.below(3) {
        match is_framed {
            // The head is right, so all of the body is read.
            true => break_bytes(dice, &mut body, corpus),
            false if dice.percent(50) => break_lines(dice, &mut head),
            false => break_bytes(dice, &mut head, corpus),
        }
    }
    if is_framed {
        head = with_length(&head, body.len());
    }
    head.append(&mut body);
    (head, is_framed)
}

/// The head with the length that the body has.
fn with_length(head: &[u8], length: usize) -> Vec<u8> {
    let text = String::from_utf8_lossy(head);
    let (before, _) = text.split_once("Content-Length").unwrap_or((&text, ""));
    format!("{before}Content-Length: {length}\r\n\r\n").into_bytes()
}

fn break_lines(dice: &mut Dice, head: &mut Vec<u8>) {
    let text = String::from_utf8_lossy(head).into_owned();
    let mut lines: Vec<String> = text.split("\r\n").map(str::to_owned).collect();
    let at = dice.below(lines.len());
    match dice.below(5) {
        0 => lines[0] = (*dice.pick(STARTS)).to_owned(),
        1 => drop(lines.remove(at)),
        2 => lines.insert(at, lines[at].clone()),
        3 => lines[at] = format!("X-Long: {}", "x".repeat(dice.below(100_000))),
        _ => lines.insert(at.max(1).min(lines.len()), (*dice.pick(LINES)).to_owned()),
    }
    *head = lines
        .join(if dice.percent(5) { "\n" } else { "\r\n" })
        .into_bytes();
}

fn break_bytes(dice: &mut Dice, bytes: &mut Vec<u8>, corpus: &[Vec<u8>]) {
    if bytes.is_empty() {
        bytes.extend_from_slice(dice.pick(VALUES).as_bytes());
        return;
    }
    let at = dice.below(bytes.len());
    let run = (at + 1 + dice.below(MAX_RUN.0)).min(bytes.len());
    match dice.below(9) {
        0 => bytes[at] ^= 1 << dice.below(8),
        1 => bytes[at] = dice.below(256) as u8,
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(at..run)),
        4 => bytes.insert(at, *dice.pick(b"\0\n\"\\{}[],:\x80\xff\xc3")),
        5 => {
            let run = bytes[at..run].repeat(1 + dice.below(MAX_RUN.1));
            bytes.splice(at..at, run);
        }
        6 => {
            let other = dice.pick(corpus);
            let from = dice.below(other.len());
            bytes.splice(at..run, other[from..].iter().copied());
        }
        _ => replace_value(dice, bytes),
    }
}

/// Puts another value behind one of the colons.
fn replace_value(dice: &mut Dice, bytes: &mut Vec<u8>) {
    let colons = bytes.iter().enumerate().filter(|(_, byte)| **byte == b':');
    let colons: Vec<usize> = colons.map(|(at, _)| at + 1).collect();
    if colons.is_empty() {
        return;
    }
    let from = *dice.pick(&colons);
    let length = bytes[from..]
        .iter()
        .position(|byte| b",}]\r".contains(byte));
    let until = length.map_or(bytes.len(), |length| from + length);
    let value = dice.pick(VALUES).bytes();
    bytes.splice(from..until, value);
}
