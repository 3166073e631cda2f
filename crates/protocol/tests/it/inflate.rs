//! Compressed bodies, whatever they say they are.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use perennial_protocol::inflate;

const BODY: &[u8] = br#"{"batch":[{"type":"page","userId":"u"}]}"#;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

/// The body, or the fault's status and code.
fn of(body: &[u8], encodings: &[&str]) -> Result<Vec<u8>, (u16, &'static str)> {
    inflate(body, encodings, 1 << 20, 1 << 20)
        .map(|body| body.into_owned())
        .map_err(|fault| (fault.status, fault.code))
}

#[test]
fn good_bodies_come_out() {
    let zstd = zstd::encode_all(BODY, 3).unwrap();
    for (body, encodings) in [
        (BODY.to_vec(), vec![]),
        (BODY.to_vec(), vec!["identity"]),
        (gzip(BODY), vec!["gzip"]),
        (gzip(BODY), vec!["GZIP"]),
        (gzip(BODY), vec![]),
        (zlib(BODY), vec!["deflate"]),
        (deflate(BODY), vec!["deflate"]),
        (zlib(BODY), vec![]),
        (zstd.clone(), vec!["zstd"]),
        (zstd, vec![]),
        ([gzip(&BODY[..9]), gzip(&BODY[9..])].concat(), vec!["gzip"]),
    ] {
        assert_eq!(of(&body, &encodings).as_deref(), Ok(BODY), "{encodings:?}");
    }
    assert_eq!(
        of(b"x^2", &[]).as_deref(),
        Ok(&b"x^2"[..]),
        "text is no zlib"
    );
    assert_eq!(of(b"", &[]).as_deref(), Ok(&b""[..]));
}

#[test]
fn bad_bodies_are_refused() {
    let packed = gzip(BODY);
    let mut damaged = packed.clone();
    damaged[15] ^= 0xFF;
    let bad = Err((400, "bad_encoding"));
    assert_eq!(of(&packed[..packed.len() - 9], &["gzip"]), bad, "cut off");
    assert_eq!(of(&packed[..packed.len() - 9], &[]), bad, "cut off");
    assert_eq!(of(&damaged, &["gzip"]), bad, "damaged");
    assert_eq!(of(BODY, &["gzip"]), bad, "not compressed");
    assert_eq!(of(BODY, &["zstd"]), bad, "not compressed");
    assert_eq!(of(b"", &["gzip"]), bad, "empty");
    let unknown = Err((415, "unsupported_encoding"));
    assert_eq!(of(BODY, &["br"]), unknown);
    assert_eq!(of(&gzip(&packed), &["gzip, gzip"]), unknown);
    assert_eq!(of(&gzip(&packed), &["gzip", "gzip"]), unknown);
}

#[test]
fn bombs_do_not_go_off() {
    let zeros = vec![0; 8 << 20];
    let too_large = Err((413, "too_large"));
    assert_eq!(of(&gzip(&zeros), &["gzip"]), too_large);
    assert_eq!(of(&gzip(&zeros), &[]), too_large);
    assert_eq!(of(&zlib(&zeros), &["deflate"]), too_large);
    assert_eq!(
        of(&zstd::encode_all(&zeros[..], 3).unwrap(), &["zstd"]),
        too_large
    );
    assert_eq!(of(&zeros[..(1 << 20) + 1], &[]), too_large);
    // Frames without anything in them, one after the other.
    let empty = gzip(b"").repeat(60_000);
    assert_eq!(of(&empty, &["gzip"]), too_large, "bounded by what comes in");
}
