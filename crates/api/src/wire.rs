//! The bytes of a connection, with patience: slow heads and slow readers are cut off, and a head that
//! says twice how long its body is is noticed.

use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

/// The other end of a request's connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Its address.
    pub ip: IpAddr,
    /// Whether the head said twice how long its body is.
    pub is_ambiguous: bool,
}

/// What the wire and the requests on it tell each other.
#[derive(Default)]
pub struct Pace {
    /// Requests begun.
    begun: AtomicU64,
    /// Requests answered.
    answered: AtomicU64,
    is_ambiguous: AtomicBool,
}

impl Pace {
    /// A request begins: its head is whole. Answers whether that head was ambiguous.
    pub fn begin(&self) -> bool {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.is_ambiguous.swap(false, Ordering::Relaxed)
    }

    /// A request is answered; what comes next is another head.
    pub fn end(&self) {
        self.answered.fetch_add(1, Ordering::Relaxed);
    }

    /// The request whose head is awaited; none while one is being worked on.
    fn awaited(&self) -> Option<u64> {
        let begun = self.begun.load(Ordering::Relaxed);
        (begun == self.answered.load(Ordering::Relaxed)).then_some(begun)
    }
}

/// A connection.
pub struct Wire {
    stream: TcpStream,
    pace: Arc<Pace>,
    head_patience: Duration,
    write_patience: Duration,
    /// The head of which bytes have come, and what they say.
    head: Option<(u64, Head)>,
    head_end: Pin<Box<Sleep>>,
    write_end: Option<Pin<Box<Sleep>>>,
}

impl Wire {
    /// A connection that has just been accepted.
    pub fn new(stream: TcpStream, pace: Arc<Pace>, head: Duration, write: Duration) -> Self {
        Self {
            stream,
            pace,
            head_patience: head,
            write_patience: write,
            head: None,
            head_end: Box::pin(sleep(head)),
            write_end: None,
        }
    }

    /// Notes bytes that came while a head was awaited.
    fn note(&mut self, bytes: &[u8]) {
        let Some(awaited) = self.pace.awaited() else {
            return;
        };
        if self
            .head
            .as_ref()
            .is_none_or(|(which, _)| *which != awaited)
        {
            self.head = Some((awaited, Head::default()));
            let end = Instant::now() + self.head_patience;
            self.head_end.as_mut().reset(end);
        }
        if let Some((_, head)) = &mut self.head
            && head.take(bytes)
        {
            self.pace.is_ambiguous.store(true, Ordering::Relaxed);
        }
    }

    /// Whether the head that has begun should be whole by now.
    fn is_late(&mut self, cx: &mut Context<'_>) -> bool {
        let begun = self.head.as_ref().map(|(which, _)| *which);
        let is_awaited = begun.is_some() && self.pace.awaited() == begun;
        is_awaited && self.head_end.as_mut().poll(cx).is_ready()
    }

    /// The outcome of a write, or the end of patience with who does not take it.
    fn written<T>(
        &mut self,
        cx: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.write_end = None;
            return outcome;
        }
        let patience = self.write_patience;
        let end = self
            .write_end
            .get_or_insert_with(|| Box::pin(sleep(patience)));
        match end.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(cx, buffer) {
            Poll::Ready(Ok(())) => {
                self.note(&buffer.filled()[before..]);
                Poll::Ready(Ok(()))
            }
            Poll::Pending if self.is_late(cx) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            other => other,
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(cx, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.written(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// What a head says of its body's length. The parser behind it lets `Transfer-Encoding` win over
/// `Content-Length` without a word; a proxy before it may have decided otherwise, and then the two
/// would not agree on where the next request begins.
#[derive(Default)]
struct Head {
    line: Vec<u8>,
    has_length: bool,
    has_coding: bool,
    is_over: bool,
}

impl Head {
    /// Longer lines are cut: only their names are asked.
    const NAME_BYTES: usize = 20;

    /// Takes bytes of the head; whether it is ambiguous, once it is over.
    fn take(&mut self, bytes: &[u8]) -> bool {
        for byte in bytes {
            if self.is_over {
                return false;
            }
            if *byte != b'\n' {
                if self.line.len() < Self::NAME_BYTES && *byte != b'\r' {
                    self.line.push(byte.to_ascii_lowercase());
                }
                continue;
            }
            self.has_length |= self.line.starts_with(b"content-length:");
            self.has_coding |= self.line.starts_with(b"transfer-encoding:");
            self.is_over = self.line.is_empty();
            self.line.clear();
            if self.is_over {
                return self.has_length && self.has_coding;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_that_says_its_length_twice_is_noticed() {
        let both =
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nX: y\r\ncontent-LENGTH: 3\r\n\r\n";
        for at in 0..both.len() {
            let mut head = Head::default();
            let found = head.take(&both[..at]) | head.take(&both[at..]);
            assert!(found, "split at {at}");
        }
        for one in [
            &b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nTransfer-Encoding: chunked\r\n\r\n"[..],
            b"POST / HTTP/1.1\r\nX: Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        ] {
            assert!(!Head::default().take(one));
        }
    }
}
