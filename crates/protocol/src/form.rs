//! Bodies that hold JSON in a form, as browsers send when a page is left.

use std::borrow::Cow;

use base64::Engine;

use crate::call::{Call, parameter};
use crate::codes;
use crate::fault::Fault;
use crate::inflate::by_magic;
use crate::key::BASE64;
use crate::read::text;

/// The JSON of a body: the body itself, or what its field `data` holds, plain or in base64, inflated.
/// It has `limit_out` bytes at most. A body that begins as JSON does is JSON; what it is said to be does not matter.
pub(crate) fn body<'a>(call: &Call<'a>, limit_out: usize) -> Result<Cow<'a, str>, Fault> {
    let text = text(call.body)?;
    if !text.trim_start().starts_with("data=") && !text.contains("&data=") {
        return Ok(Cow::Borrowed(text));
    }
    if text.trim_start().starts_with(['{', '[']) {
        return Ok(Cow::Borrowed(text));
    }
    let Some(data) = parameter(text.trim(), "data") else {
        return Err(bad("the form's field `data` is empty or no text"));
    };
    if data.trim_start().starts_with(['{', '[']) {
        return Ok(Cow::Owned(data.into_owned()));
    }
    // A plus sign that was not encoded has become a space.
    let plain = data.trim().replace(' ', "+");
    let Ok(bytes) = BASE64.decode(plain) else {
        return Err(bad("the form's field `data` is neither JSON nor base64"));
    };
    let bytes = by_magic(&bytes, limit_out)?;
    let json = crate::read::text(&bytes)?.to_owned();
    Ok(Cow::Owned(json))
}

fn bad(message: &str) -> Fault {
    Fault::new(400, codes::BAD_ENCODING, message)
}
