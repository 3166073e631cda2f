//! A client of HTTP/1.1 over one connection at a time, kept alive, that adds and hides nothing.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::{ADMIN_KEY, BASIC};

/// How long is waited for bytes that should come.
const PATIENCE: Duration = Duration::from_secs(300);

/// A client. Its connection is made when it is first needed, and again after one that broke.
pub struct Client {
    address: SocketAddr,
    open: Option<BufReader<TcpStream>>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: Vec<u8>,
    /// Whether the server will close the connection.
    closes: bool,
}

impl Reply {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// The bytes of a request.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: test\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Bytes, packed.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    // A vector takes whatever is written to it.
    packer.write_all(bytes).ok();
    packer.finish().unwrap_or_default()
}

impl Client {
    /// A client of an address.
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            open: None,
        }
    }

    /// Sends bytes and reads one answer. After an error nobody knows whether they were taken.
    ///
    /// # Errors
    /// What the connection says; the next request makes another one.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<Reply> {
        let mut stream = match self.open.take() {
            Some(stream) => stream,
            None => BufReader::new(connect(self.address)?),
        };
        // Who refuses a request may answer before all of it was written.
        let written = stream.get_mut().write_all(bytes);
        let reply = read(&mut stream).map_err(|error| written.err().unwrap_or(error))?;
        if !reply.closes {
            self.open = Some(stream);
        }
        Ok(reply)
    }

    /// Asks as an admin.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub fn get(&mut self, path: &str) -> io::Result<Reply> {
        let bearer = format!("Bearer {ADMIN_KEY}");
        self.send(&request("GET", path, &[("Authorization", &bearer)], b""))
    }

    /// Tells something as an admin.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub fn post(&mut self, path: &str, body: &Value) -> io::Result<Reply> {
        let bearer = format!("Bearer {ADMIN_KEY}");
        let headers = [
            ("Authorization", &bearer[..]),
            ("Content-Type", "application/json"),
        ];
        let body = body.to_string();
        self.send(&request("POST", path, &headers, body.as_bytes()))
    }

    /// Sends a batch of events, each JSON, with the write key.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub fn batch(&mut self, events: &[&str], packed: bool) -> io::Result<Reply> {
        self.send(&batch(events, packed))
    }

    /// Follows what happens: gives each line that says what it was, until it is told to stop.
    ///
    /// # Errors
    /// What the connection says.
    pub fn follow(&mut self, path: &str, mut line: impl FnMut(&str) -> bool) -> io::Result<()> {
        let mut stream = connect(self.address)?;
        let bearer = format!("Bearer {ADMIN_KEY}");
        let bytes = request("GET", path, &[("Authorization", &bearer)], b"");
        stream.write_all(&bytes)?;
        let mut lines = BufReader::new(stream);
        let mut text = String::new();
        loop {
            text.clear();
            if lines.read_line(&mut text)? == 0 || !line(text.trim_end()) {
                return Ok(());
            }
        }
    }
}

/// A request that brings events.
pub fn batch(events: &[&str], packed: bool) -> Vec<u8> {
    let body = format!("{{\"batch\":[{}]}}", events.join(",")).into_bytes();
    let mut headers = vec![
        ("Authorization", BASIC),
        ("Content-Type", "application/json"),
    ];
    if packed {
        headers.push(("Content-Encoding", "gzip"));
        return request("POST", "/v1/batch", &headers, &gzip(&body));
    }
    request("POST", "/v1/batch", &headers, &body)
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Reply> {
    let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let (mut line, mut length, mut chunked, mut closes) = (String::new(), None, false, false);
    if stream.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
    let status = status.ok_or_else(|| bad("no status"))?;
    loop {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        let value = value.trim();
        match &name.to_ascii_lowercase()[..] {
            "content-length" => length = value.parse::<usize>().ok(),
            "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
            "connection" => closes = value.eq_ignore_ascii_case("close"),
            _ => {}
        }
    }
    let mut body = Vec::new();
    if chunked {
        loop {
            line.clear();
            stream.read_line(&mut line)?;
            let size = usize::from_str_radix(line.trim_end(), 16);
            let size = size.map_err(|_| bad("no size of a chunk"))?;
            let from = body.len();
            body.resize(from + size + 2, 0);
            stream.read_exact(&mut body[from..])?;
            body.truncate(from + size);
            if size == 0 {
                break;
            }
        }
    } else {
        body.resize(length.unwrap_or_default(), 0);
        stream.read_exact(&mut body)?;
    }
    Ok(Reply {
        status,
        body,
        closes,
    })
}
