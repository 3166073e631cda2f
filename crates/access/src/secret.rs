//! The secret part of a key: made once, shown once, kept as a hash only.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::{AccessError, Scope};

/// Random characters of a secret: 33 of 62 are 196 bits.
const RANDOM_CHARACTERS: usize = 33;
/// Random characters of a key's id.
const ID_CHARACTERS: usize = 12;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The hash under which a secret is known. One round is enough: a secret that was made here cannot be
/// guessed, however quick a guess is.
pub type Hash = [u8; 32];

/// The text that a client sends. It is shown once, when it is made, and is in no log.
pub struct Secret(String);

impl Secret {
    /// A new one, whose prefix says its scope.
    pub(crate) fn new(scope: Scope) -> Result<Self, AccessError> {
        let random = random_text(RANDOM_CHARACTERS)?;
        Ok(Self(format!("{}{random}", scope.prefix())))
    }

    /// The text itself: to be shown to the one who asked for it, and nowhere else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The hash of a secret.
pub fn hash(secret: &str) -> Hash {
    Sha256::digest(secret.as_bytes()).into()
}

/// A new id of a key, which may be seen by all.
pub fn new_id() -> Result<String, AccessError> {
    Ok(format!("key_{}", random_text(ID_CHARACTERS)?))
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    text
}

/// The bytes of 64 hexadecimal digits.
pub fn from_hex(text: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |at: usize| char::from(pair[at]).to_digit(16);
        *byte = u8::try_from(digit(0)? * 16 + digit(1)?).ok()?;
    }
    Some(hash)
}

/// Letters and digits, each as likely as any other.
fn random_text(characters: usize) -> Result<String, AccessError> {
    let mut text = String::with_capacity(characters);
    let mut bytes = [0; 64];
    while text.len() < characters {
        getrandom::fill(&mut bytes).map_err(|error| AccessError::Random(error.to_string()))?;
        // 248 is four times 62: what is above would make the first digits likelier.
        let fair = bytes.iter().filter(|byte| **byte < 248);
        let digits = fair.map(|byte| char::from(DIGITS[usize::from(byte % 62)]));
        text.extend(digits.take(characters - text.len()));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_says_its_scope_and_is_not_shown_by_chance() {
        let secret = Secret::new(Scope::Read).unwrap();
        assert!(secret.reveal().starts_with("pr_"));
        assert_eq!(secret.reveal().len(), 3 + RANDOM_CHARACTERS);
        assert!(!format!("{secret:?}").contains(&secret.reveal()[3..]));
        assert_ne!(secret.reveal(), Secret::new(Scope::Read).unwrap().reveal());
    }

    #[test]
    fn hexadecimal_goes_there_and_back() {
        let hash = hash("anything");
        assert_eq!(from_hex(&hex(&hash)), Some(hash));
        assert_eq!(from_hex("00"), None);
        assert_eq!(from_hex(&"g".repeat(64)), None);
    }
}
