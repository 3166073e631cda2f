//! Where clients put the key that says which workspace their events are for.

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use crate::call::Call;
use crate::door::Door;
use crate::form;
use crate::limits::MAX_BODY_BYTES;
use crate::read::text;
use crate::scan::{Scan, Wrong};
use crate::slot::Slot;

/// Most bytes of a key or a secret; longer ones open nothing.
pub const MAX_KEY_BYTES: usize = 512;

/// Base64 with or without its padding, in the usual alphabet.
pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT);
/// The same in the alphabet of addresses.
pub(crate) const BASE64_URL: GeneralPurpose =
    GeneralPurpose::new(&base64::alphabet::URL_SAFE, LENIENT);
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// What a client shows to be let in. It is not checked here.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// The write key; with Customer.io the site id.
    pub key: String,
    /// The secret behind the key, if one was sent.
    pub secret: Option<String>,
}

impl std::fmt::Debug for Credential {
    /// Without the secret, which must not stand in logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential")
            .field("key", &self.key)
            .field("secret", &self.secret.as_ref().map(|_| "..."))
            .finish()
    }
}

/// The credential of a request: from headers, the path or the query, else from the body. None where
/// there is none; bad bodies are left to [`crate::read`] to complain about.
pub fn credentials(call: &Call<'_>, door: Door) -> Option<Credential> {
    from_headers(call)
        .or_else(|| from_path(call, door))
        .or_else(|| from_query(call))
        .or_else(|| from_body(call, door))
}

/// A credential of `key` or `key:secret`.
fn pair(text: &str) -> Option<Credential> {
    let text = text.trim();
    if text.len() > 2 * MAX_KEY_BYTES {
        return None;
    }
    let (key, secret) = text.split_once(':').unwrap_or((text, ""));
    let is_good = !key.is_empty() && key.len() <= MAX_KEY_BYTES;
    is_good.then(|| Credential {
        key: key.to_owned(),
        secret: (!secret.is_empty()).then(|| secret.to_owned()),
    })
}

fn from_headers(call: &Call<'_>) -> Option<Credential> {
    call.header("authorization")
        .and_then(authorization)
        .or_else(|| call.header("x-write-key").and_then(pair))
}

/// `Basic` of `key:secret` in base64, or of the key itself; `Bearer`; or the key with nothing before.
fn authorization(value: &str) -> Option<Credential> {
    let Some((scheme, rest)) = value.split_once(' ') else {
        let is_scheme = ["basic", "bearer"]
            .into_iter()
            .any(|scheme| value.eq_ignore_ascii_case(scheme));
        return if is_scheme { None } else { pair(value) };
    };
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return pair(rest);
    }
    if !scheme.eq_ignore_ascii_case("basic") || rest.len() > 4 * MAX_KEY_BYTES {
        return None;
    }
    let decoded = BASE64.decode(rest).ok().and_then(|bytes| {
        let is_text = |text: &String| !text.is_empty() && !text.contains(char::is_control);
        String::from_utf8(bytes).ok().filter(is_text)
    });
    match decoded {
        // A key that happens to be base64 decodes to something without its colon.
        Some(decoded) if decoded.contains(':') => pair(&decoded),
        _ => pair(rest),
    }
}

/// Keys within paths: settings, and the webhooks of one workspace among several.
fn from_path(call: &Call<'_>, door: Door) -> Option<Credential> {
    let segments: Vec<&str> = call.segments().collect();
    let key = match (door, segments.as_slice()) {
        (Door::SegmentSettings, ["v1", "projects", key, ..]) => key,
        (Door::PosthogConfig | Door::PosthogConfigScript, ["array", key, ..]) => key,
        (Door::Shopify | Door::Stripe, ["v1", "webhooks", _, key]) => key,
        (Door::Shopify | Door::Stripe, ["webhooks", _, key]) => key,
        _ => return None,
    };
    pair(&crate::call::decode(key, false)?)
}

fn from_query(call: &Call<'_>) -> Option<Credential> {
    ["key", "writeKey", "write_key", "api_key", "token", "aid"]
        .into_iter()
        .find_map(|name| call.parameter(name))
        .and_then(|value| pair(&value))
}

/// The names of the key in bodies, at their top or in the first of their events.
fn from_body(call: &Call<'_>, door: Door) -> Option<Credential> {
    let decoded;
    let text = match door {
        Door::PosthogCapture | Door::PosthogFlags | Door::PosthogRecording => {
            decoded = form::body(call, MAX_BODY_BYTES).ok()?;
            &*decoded
        }
        Door::Shopify | Door::Stripe => return None,
        _ => text(call.body).ok()?,
    };
    let mut found = Found::default();
    let mut scan = Scan::new(text);
    // A body that is bad behind the key still has shown the key.
    let _ = keys_of(&mut scan, &mut found, text, 0);
    found.top.or(found.within).as_deref().and_then(|key| {
        // Jitsu masks the secret in the body.
        pair(key.strip_suffix(":***").unwrap_or(key))
    })
}

#[derive(Default)]
struct Found {
    top: Option<String>,
    within: Option<String>,
}

impl Found {
    fn note(&mut self, level: u32, slot: Slot, text: &str) {
        let key = slot.said(text).filter(|key| !key.is_empty());
        let place = if level == 0 {
            &mut self.top
        } else {
            &mut self.within
        };
        if let (None, Some(key)) = (&place, key) {
            *place = Some(key.into_owned());
        }
    }
}

/// Looks through an object, and through lists of events and `properties` in it.
fn keys_of<'a>(
    scan: &mut Scan<'a>,
    found: &mut Found,
    text: &'a str,
    level: u32,
) -> Result<(), Wrong> {
    match scan.peek() {
        Some(b'[') if level < 3 => {
            scan.items(|scan| keys_of(scan, found, text, level + 1))?;
        }
        Some(b'{') if level < 4 => {
            scan.members(|scan, key| match &*key.said() {
                "writeKey" | "write_key" | "api_key" | "token" | "$token" | "aid" => {
                    found.note(level, scan.value()?, text);
                    Ok(())
                }
                "batch" | "data" | "properties" if found.within.is_none() => {
                    keys_of(scan, found, text, level + 1)
                }
                _ => scan.value().map(|_| ()),
            })?;
        }
        _ => {
            scan.value()?;
        }
    }
    Ok(())
}
