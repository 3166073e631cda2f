//! Whose clock a call was dated by: a server's is trusted, a browser's or an app's is corrected.

use crate::shape::Shape;

/// Whose clock it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    /// That of a browser or an app.
    Client,
    /// That of a server.
    Server,
    /// The call does not say.
    Unknown,
}

/// Parts of the names of libraries for browsers and apps, in lower case.
const CLIENTS: [&str; 12] = [
    "analytics.js",
    "javascript",
    "analytics-next",
    "jitsu/js",
    "-ios",
    "swift",
    "android",
    "kotlin",
    "react-native",
    "flutter",
    "unity",
    "-js",
];

/// Tells clocks apart by what calls say; what was found for a library is remembered for the next.
pub(crate) struct Clocks {
    /// What the path says, which counts where it is known.
    path: Clock,
    last: String,
    found: Clock,
}

impl Clocks {
    /// Clocks of calls whose path says `path`.
    pub fn new(path: Clock) -> Self {
        Self {
            path,
            last: String::new(),
            found: Clock::Unknown,
        }
    }

    /// The clock of a call.
    pub fn of(&mut self, text: &str, shape: &Shape) -> Clock {
        if self.path != Clock::Unknown {
            return self.path;
        }
        match shape.channel.said(text).as_deref() {
            Some("server") => return Clock::Server,
            Some("web" | "browser" | "mobile") => return Clock::Client,
            _ => {}
        }
        if shape.library_env.said(text).as_deref() == Some("node") {
            return Clock::Server;
        }
        let name = shape.library.raw(text);
        if name.is_empty() {
            return Clock::Unknown;
        }
        if self.last != name {
            let lower = name.to_lowercase();
            let is_client = CLIENTS.iter().any(|part| lower.contains(part));
            self.found = if is_client {
                Clock::Client
            } else {
                Clock::Server
            };
            name.clone_into(&mut self.last);
        }
        self.found
    }
}
