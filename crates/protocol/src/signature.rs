//! Whether a webhook comes from whom it says: signatures over its raw body.

use base64::Engine;
use hmac::{Hmac, Mac};
use perennial_model::{MINUTE_MS, Time};
use sha2::Sha256;

use crate::codes;
use crate::fault::Fault;
use crate::key::BASE64;

/// How far the time in a signature of Stripe may be from the server's clock, in milliseconds.
pub const STRIPE_TOLERANCE_MS: i64 = 5 * MINUTE_MS;
/// Most signatures of one header that are compared.
const MAX_SIGNATURES: usize = 16;

/// Checks `X-Shopify-Hmac-Sha256`: base64 of the HMAC-SHA256 of the raw body. Any of the `secrets` may
/// have signed, so that they can be changed; empty ones sign nothing.
///
/// # Errors
/// 401 `bad_signature`.
pub fn check_shopify(raw_body: &[u8], header: Option<&str>, secrets: &[&str]) -> Result<(), Fault> {
    let told = header
        .and_then(|header| BASE64.decode(header.trim()).ok())
        .ok_or_else(bad)?;
    if is_signed(&[raw_body], &told, secrets) {
        Ok(())
    } else {
        Err(bad())
    }
}

/// Checks `Stripe-Signature`: `t=` seconds since 1970 and one or more `v1=` in hex, each perhaps the
/// HMAC-SHA256 of the time, a point and the raw body. Any of the `secrets` may have signed. The time
/// must be within [`STRIPE_TOLERANCE_MS`] of `now`, so that nobody can send an old request again.
///
/// # Errors
/// 401 `bad_signature`.
pub fn check_stripe(
    raw_body: &[u8],
    header: Option<&str>,
    secrets: &[&str],
    now: Time,
) -> Result<(), Fault> {
    let fields = || {
        let fields = header.unwrap_or_default().split(',');
        fields.filter_map(|field| field.trim().split_once('='))
    };
    let seconds = fields()
        .find(|(name, _)| *name == "t")
        .map(|(_, value)| value)
        .filter(|value| !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()))
        .ok_or_else(bad)?;
    let at = crate::instant::seconds(seconds).ok_or_else(bad)?;
    let signed = [seconds.as_bytes(), b".", raw_body];
    let told = fields().filter(|(name, _)| *name == "v1");
    let is_good = told
        .take(MAX_SIGNATURES)
        .filter_map(|(_, value)| hex(value))
        .any(|told| is_signed(&signed, &told, secrets));
    if !is_good {
        return Err(bad());
    }
    if now.since(at).abs() > STRIPE_TOLERANCE_MS {
        let message = "the signature is too old or from the future: check both clocks";
        return Err(Fault::new(401, codes::BAD_SIGNATURE, message));
    }
    Ok(())
}

/// Compares in constant time.
fn is_signed(parts: &[&[u8]], told: &[u8], secrets: &[&str]) -> bool {
    secrets
        .iter()
        .filter(|secret| !secret.is_empty())
        .filter_map(|secret| Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok())
        .any(|mut mac| {
            for part in parts {
                mac.update(part);
            }
            mac.verify_slice(told).is_ok()
        })
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let byte = |[high, low]: &[u8; 2]| Some((digit(high)? * 16 + digit(low)?) as u8);
    pairs.iter().map(byte).collect()
}

fn bad() -> Fault {
    let message = "the signature is missing or made with another secret";
    Fault::new(401, codes::BAD_SIGNATURE, message)
}
