//! A key: what it opens, for whom, and until when.

use perennial_model::{Time, Zone};
use serde::{Deserialize, Serialize};

use crate::secret::{Hash, from_hex, hex};

/// What a key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Sends events, and reads nothing: such a key may stand in a web page.
    Write,
    /// Reads customers and figures.
    Read,
    /// Reads and changes everything of its workspace, but sends no events.
    Admin,
}

impl Scope {
    /// What the secrets of such keys begin with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Write => "pw_",
            Self::Read => "pr_",
            Self::Admin => "pa_",
        }
    }

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Read => "read",
            Self::Admin => "admin",
        }
    }

    /// The scope of that word.
    pub fn named(word: &str) -> Option<Self> {
        let all = [Self::Write, Self::Read, Self::Admin];
        all.into_iter().find(|scope| scope.word() == word)
    }
}

/// A key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its public id, as logs show it.
    pub id: String,
    /// The one workspace that it opens.
    pub workspace: String,
    /// What it opens there.
    pub scope: Scope,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created: Time,
    /// The last day (UTC, `2026-11-22`) on which it was used.
    pub last_used: Option<String>,
    /// From when on it opens nothing.
    pub expires: Option<Time>,
    /// When it was revoked.
    pub revoked: Option<Time>,
    pub(crate) hash: Hash,
}

impl Key {
    /// Whether it opens anything at that instant.
    pub fn is_valid(&self, now: Time) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|end| now < end)
    }

    /// What may be shown of it: everything but its hash. Times are RFC 3339.
    pub fn shown(&self) -> serde_json::Value {
        let text = |time: Option<Time>| time.map(|time| time.to_string());
        serde_json::json!({
            "id": self.id, "workspace": self.workspace, "scope": self.scope.word(), "name": self.name,
            "created": self.created.to_string(), "last_used": self.last_used,
            "expires": text(self.expires), "revoked": text(self.revoked),
        })
    }
}

/// A key as it stands in the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    id: String,
    workspace: String,
    scope: Scope,
    name: String,
    hash: String,
    created: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_used: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revoked: Option<String>,
}

impl Stored {
    /// The form of a key in the file.
    pub fn of(key: &Key) -> Self {
        let text = |time: Option<Time>| time.map(|time| time.to_string());
        Self {
            id: key.id.clone(),
            workspace: key.workspace.clone(),
            scope: key.scope,
            name: key.name.clone(),
            hash: hex(&key.hash),
            created: key.created.to_string(),
            last_used: key.last_used.clone(),
            expires: text(key.expires),
            revoked: text(key.revoked),
        }
    }

    /// The key, unless its hash or one of its times cannot be read: a key whose end is not understood
    /// must not open anything.
    pub fn key(self) -> Option<Key> {
        let time = |text: Option<String>| match text {
            None => Some(None),
            Some(text) => Time::parse(&text, &Zone::utc()).ok().map(Some),
        };
        Some(Key {
            hash: from_hex(&self.hash)?,
            created: time(Some(self.created))??,
            expires: time(self.expires)?,
            revoked: time(self.revoked)?,
            id: self.id,
            workspace: self.workspace,
            scope: self.scope,
            name: self.name,
            last_used: self.last_used,
        })
    }
}
