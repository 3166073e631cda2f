//! Bodies that came compressed, inflated within bounds.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use crate::codes;
use crate::fault::Fault;

/// What gzip, zlib (of any usual level) and zstd begin with.
const GZIP: [u8; 3] = [0x1F, 0x8B, 0x08];
const ZSTD: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// The largest window of a zstd frame, as a power of two of bytes: 8 MiB, what its format asks readers
/// to hold.
const ZSTD_WINDOW_LOG: u32 = 23;
/// Bytes read at a time.
const CHUNK_BYTES: usize = 16 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Gzip,
    Zlib,
    Zstd,
}

/// The body as it was before it was compressed. `encodings` are the values of all `Content-Encoding`
/// headers; where there are none, the first bytes tell. `limit_in` and `limit_out` are most bytes
/// before and after.
///
/// # Errors
/// 413 `too_large` beyond a limit, 400 `bad_encoding` for what is cut off or damaged or not
/// what the header says, 415 `unsupported_encoding` for an unknown coding or more than one.
pub fn inflate<'a>(
    body: &'a [u8],
    encodings: &[&str],
    limit_in: usize,
    limit_out: usize,
) -> Result<Cow<'a, [u8]>, Fault> {
    if body.len() > limit_in {
        return Err(too_large(limit_in));
    }
    let mut told = encodings
        .iter()
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case("identity"));
    match (told.next(), told.next()) {
        (None, _) => by_magic(body, limit_out),
        (Some(name), None) => {
            let coding = coding(name)?;
            decode(coding, body, limit_out).map(Cow::Owned)
        }
        (Some(_), Some(_)) => Err(Fault::new(
            415,
            codes::UNSUPPORTED_ENCODING,
            "a body is compressed once at most",
        )),
    }
}

/// The body as its first bytes tell.
pub(crate) fn by_magic(body: &[u8], limit_out: usize) -> Result<Cow<'_, [u8]>, Fault> {
    let coding = if body.starts_with(&GZIP) {
        Coding::Gzip
    } else if body.starts_with(&ZSTD) {
        Coding::Zstd
    } else if is_zlib(body) {
        Coding::Zlib
    } else if body.len() > limit_out {
        return Err(too_large(limit_out));
    } else {
        return Ok(Cow::Borrowed(body));
    };
    decode(coding, body, limit_out).map(Cow::Owned)
}

/// Whether a body begins with a zlib header, which no JSON and no form does: `x` behind it would be
/// letters, not the check of the header.
fn is_zlib(body: &[u8]) -> bool {
    match body {
        [0x78, flags @ (0x01 | 0x5E | 0x9C | 0xDA), ..] => {
            // `x^` is the one of them that is text.
            *flags != 0x5E || body.get(2).is_some_and(|byte| !byte.is_ascii_graphic())
        }
        _ => false,
    }
}

fn coding(name: &str) -> Result<Coding, Fault> {
    let known = [
        ("gzip", Coding::Gzip),
        ("x-gzip", Coding::Gzip),
        ("deflate", Coding::Zlib),
        ("zstd", Coding::Zstd),
    ];
    known
        .into_iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, coding)| coding)
        .ok_or_else(|| {
            let message = "`Content-Encoding` may be gzip, deflate or zstd";
            Fault::new(415, codes::UNSUPPORTED_ENCODING, message)
        })
}

fn decode(coding: Coding, body: &[u8], limit: usize) -> Result<Vec<u8>, Fault> {
    match coding {
        Coding::Gzip => within(MultiGzDecoder::new(body), body.len(), limit),
        // Some clients leave out the header of zlib; the check of its two bytes tells.
        Coding::Zlib if has_zlib_header(body) => within(ZlibDecoder::new(body), body.len(), limit),
        Coding::Zlib => within(DeflateDecoder::new(body), body.len(), limit),
        Coding::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::new(body).map_err(|_| damaged())?;
            decoder
                .window_log_max(ZSTD_WINDOW_LOG)
                .map_err(|_| damaged())?;
            within(decoder, body.len(), limit)
        }
    }
}

fn has_zlib_header(body: &[u8]) -> bool {
    match body {
        [method, flags, ..] => {
            method & 0x0F == 8 && (u32::from(*method) * 256 + u32::from(*flags)).is_multiple_of(31)
        }
        _ => false,
    }
}

fn within(mut reader: impl Read, compressed: usize, limit: usize) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::with_capacity(compressed.saturating_mul(4).min(limit));
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return Ok(out),
            Ok(count) if out.len() + count > limit => return Err(too_large(limit)),
            Ok(count) => out.extend_from_slice(chunk.get(..count).unwrap_or_default()),
            Err(_) => return Err(damaged()),
        }
    }
}

fn damaged() -> Fault {
    let message = "the compressed body is cut off, damaged or not compressed as it says";
    Fault::new(400, codes::BAD_ENCODING, message)
}

fn too_large(limit: usize) -> Fault {
    let message = format!("the body is larger than {limit} bytes: send fewer events at once");
    Fault::new(413, codes::TOO_LARGE, message)
}
