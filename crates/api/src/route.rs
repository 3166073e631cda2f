//! One route: what it takes, whom it lets in, what it answers, and what does the work.

use std::pin::Pin;

use axum::body::Body;
use axum::http::Response;
use axum::routing::MethodFilter;

use crate::call::Call;
use crate::field::Field;
use crate::problem::Problem;

/// A method of HTTP that routes have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// `GET`, and `HEAD` with it.
    Get,
    /// `POST`.
    Post,
    /// `DELETE`.
    Delete,
}

impl Verb {
    /// The method as it is sent.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }

    /// The method as the router knows it.
    pub const fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Delete => MethodFilter::DELETE,
        }
    }
}

/// Whom a route lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opens {
    /// Anybody.
    All,
    /// Who may send events.
    Write,
    /// Who may read, and who may do everything.
    Read,
    /// Who may do everything in a workspace.
    Admin,
    /// Who may do everything in the first workspace, since all workspaces are concerned.
    Host,
}

impl Opens {
    /// Its word in documents.
    pub const fn word(self) -> &'static str {
        match self {
            Self::All => "anybody",
            Self::Write => "write",
            Self::Read => "read or admin",
            Self::Admin => "admin",
            Self::Host => "admin of the workspace `default`",
        }
    }
}

/// What does the work of a route.
pub type Work = Pin<Box<dyn Future<Output = Result<Response<Body>, Problem>> + Send>>;

/// One route of the table.
#[derive(Clone, Copy)]
pub struct Route {
    /// Its method.
    pub verb: Verb,
    /// Its path, `{name}` for what varies.
    pub path: &'static str,
    /// Whom it lets in.
    pub opens: Opens,
    /// What it does, in a line.
    pub says: &'static str,
    /// Fields of its query.
    pub query: &'static [Field],
    /// What names of the query mean that are no such fields, any number of times each; none where they are
    /// refused.
    pub others: Option<&'static str>,
    /// Fields of its body, a JSON object; none where it takes no body.
    pub body: Option<&'static [Field]>,
    /// What it answers: the shape as text.
    pub answers: &'static str,
    /// The media type of the answer.
    pub media: &'static str,
    /// The work; none for what clients send (the router knows those doors by themselves).
    pub(crate) run: Option<fn(Call) -> Work>,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.verb.word(), self.path)
    }
}

/// JSON, as most routes answer.
pub const JSON: &str = "application/json";

/// A route that is asked.
pub const fn get(
    path: &'static str,
    opens: Opens,
    query: &'static [Field],
    says: &'static str,
    answers: &'static str,
    run: fn(Call) -> Work,
) -> Route {
    Route {
        verb: Verb::Get,
        path,
        opens,
        says,
        query,
        others: None,
        body: None,
        answers,
        media: JSON,
        run: Some(run),
    }
}

/// A route that changes something.
pub const fn post(
    path: &'static str,
    opens: Opens,
    body: &'static [Field],
    says: &'static str,
    answers: &'static str,
    run: fn(Call) -> Work,
) -> Route {
    Route {
        verb: Verb::Post,
        path,
        opens,
        says,
        query: &[],
        others: None,
        body: Some(body),
        answers,
        media: JSON,
        run: Some(run),
    }
}
