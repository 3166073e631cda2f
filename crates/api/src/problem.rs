//! The one shape of refusals: a status, a stable code, a sentence, and never what was sent.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use perennial_access::AccessError;
use perennial_protocol::Fault;
use perennial_runtime::{AppendError, AskError, RuntimeError};
use serde_json::json;

/// Seconds after which to come back where nothing better is known.
const RETRY_AFTER_S: u32 = 2;

/// Why a request is refused. Codes are contract; messages are for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: &'static str,
    /// What is wrong and what to do. Holds nothing of what was sent, and no path of the machine.
    pub message: Cow<'static, str>,
    /// Seconds after which to try again, for `Retry-After`.
    pub retry_after_s: Option<u32>,
    /// The methods that the path takes, for `Allow`.
    pub allow: Option<String>,
    /// Whether the connection ends with the answer, since the rest of the request is not read.
    pub close: bool,
}

impl Problem {
    /// A refusal.
    pub fn new(status: u16, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            retry_after_s: None,
            allow: None,
            close: false,
        }
    }

    /// 400 `bad_request`.
    pub fn bad(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "bad_request", message)
    }

    /// 404 `not_found`.
    pub fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(404, "not_found", message)
    }

    /// 401 `unauthorized`, the same for a key that is missing, unknown, revoked or over.
    pub fn unauthorized() -> Self {
        Self::new(401, "unauthorized", "the key is missing or opens nothing")
    }

    /// 403 `forbidden`.
    pub fn forbidden(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(403, "forbidden", message)
    }

    /// 429 `too_many_requests`.
    pub fn too_many(wait_s: u32) -> Self {
        let message = "too many requests: slow down";
        Self::new(429, "too_many_requests", message).after(wait_s)
    }

    /// 503 `overloaded`.
    pub fn overloaded() -> Self {
        let message = "more arrives than can be taken: try again";
        Self::new(503, "overloaded", message).after(RETRY_AFTER_S)
    }

    /// 503 `stopping`.
    pub fn stopping() -> Self {
        let message = "the server is stopping: try again";
        Self::new(503, "stopping", message).after(RETRY_AFTER_S)
    }

    /// 500 `failed`: what happened is in the log of the process.
    pub fn failed() -> Self {
        let message =
            "something failed inside; the log of the server has it under this request's id";
        Self::new(500, "failed", message)
    }

    /// 413 `too_large`, which ends the connection: the rest of the body is not read.
    pub fn too_large(most_bytes: usize) -> Self {
        let message = format!("the body is larger than {most_bytes} bytes: send less at once");
        Self {
            close: true,
            ..Self::new(413, "too_large", message)
        }
    }

    /// The same, to be tried again after so many seconds.
    pub fn after(mut self, wait_s: u32) -> Self {
        self.retry_after_s = Some(wait_s.max(1));
        self
    }

    /// The answer that says so.
    pub fn response(&self, request_id: &str) -> Response<Body> {
        let body = json!({"code": self.code, "message": self.message, "request_id": request_id});
        let mut response = Response::new(Body::from(body.to_string()));
        let status = StatusCode::from_u16(self.status);
        *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
        if let Some(wait_s) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait_s));
        }
        if let Some(allow) = &self.allow
            && let Ok(value) = HeaderValue::from_str(allow)
        {
            headers.insert(header::ALLOW, value);
        }
        if self.status == 401 {
            let bearer = HeaderValue::from_static("Bearer");
            headers.insert(header::WWW_AUTHENTICATE, bearer);
        }
        if self.close {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self {
            retry_after_s: fault.retry_after_s,
            allow: fault.allow.map(str::to_owned),
            ..Self::new(fault.status, fault.code, fault.message)
        }
    }
}

impl From<AppendError> for Problem {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Busy { retry_after_s } => Self::overloaded().after(retry_after_s),
            AppendError::Full { retry_after_s } => {
                let message = "the disk of the server is full: try again later";
                Self::new(503, "disk_full", message).after(retry_after_s)
            }
            AppendError::Stopped => Self::stopping(),
        }
    }
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Unknown(message) => Self::not_found(message),
            AskError::Bad(message) => Self::new(422, "invalid", message),
            AskError::Conflict(message) => Self::new(409, "conflict", message),
            AskError::Busy { retry_after_s } => Self::overloaded().after(retry_after_s),
            AskError::Stopped => Self::stopping(),
            AskError::Failed(_) => Self::failed(),
        }
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::NoKey(_) => Self::not_found("there is no such key"),
            AccessError::Refused(message) => Self::new(422, "invalid", message),
            // They name paths of this machine.
            AccessError::Disk { .. } | AccessError::Damaged { .. } | AccessError::Random(_) => {
                Self::failed()
            }
        }
    }
}

impl From<RuntimeError> for Problem {
    fn from(error: RuntimeError) -> Self {
        match error {
            RuntimeError::Name(message) | RuntimeError::Rules(message) => {
                Self::new(422, "invalid", message)
            }
            RuntimeError::Disk { .. }
            | RuntimeError::InUse(_)
            | RuntimeError::Log(_)
            | RuntimeError::State(_) => Self::failed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_say_when_to_come_back() {
        let busy = Problem::from(AppendError::Busy { retry_after_s: 7 });
        assert_eq!(
            (busy.status, busy.code, busy.retry_after_s),
            (503, "overloaded", Some(7))
        );
        let full = Problem::from(AppendError::Full { retry_after_s: 0 });
        assert_eq!(
            (full.status, full.code, full.retry_after_s),
            (503, "disk_full", Some(1))
        );
        let stopped = Problem::from(AppendError::Stopped);
        assert_eq!((stopped.status, stopped.code), (503, "stopping"));
        assert_eq!(full.response("r").headers()["retry-after"], "1");
    }

    #[test]
    fn what_failed_inside_is_not_told() {
        let disk = RuntimeError::Disk {
            path: "/secret/place".into(),
            cause: "gone".to_owned(),
        };
        for problem in [
            Problem::from(AskError::Failed("at /secret/place".to_owned())),
            Problem::from(disk),
        ] {
            assert_eq!(problem.status, 500);
            assert!(!problem.message.contains("secret"), "{problem:?}");
        }
        let unknown = Problem::from(AskError::Unknown("nobody".to_owned()));
        let bad = Problem::from(AskError::Bad("no".to_owned()));
        let conflict = Problem::from(AskError::Conflict("no".to_owned()));
        assert_eq!(
            [unknown.status, bad.status, conflict.status],
            [404, 422, 409]
        );
    }
}
