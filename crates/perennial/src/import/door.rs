//! The door that calls go through: of a server, or of a folder of data that none has open.

use std::thread::sleep;
use std::time::Duration;

use perennial_batch::read::Reject;
use perennial_protocol::{Call, Limits, door, read};
use perennial_runtime::{AppendError, Arrival, Failed, House, Workspace};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::http::Client;

/// Where calls of Segment's are taken.
const PATH: &str = "/v1/batch";
/// Most characters of a bad row that are sent to a server: it takes events up to a size only.
const MAX_ORIGINAL: usize = 8_000;

/// Where calls go.
pub enum Door {
    /// A server.
    Server(Client),
    /// A folder of data.
    Folder(House, Workspace),
}

impl Door {
    /// Hands in calls and bad rows, and says how many calls were refused. All is durable then.
    ///
    /// # Errors
    /// A door that takes nothing.
    pub fn take(&mut self, calls: &[String], bad: &[Reject]) -> Result<u64, Failure> {
        match self {
            Self::Server(client) => post(client, calls, bad),
            Self::Folder(_, workspace) => append(workspace, calls, bad),
        }
    }

    /// Ends: what was taken is kept.
    pub fn close(self) {
        if let Self::Folder(house, _) = self {
            house.stop();
        }
    }
}

/// A server takes no reasons from outside, so a bad row goes to it as a call of no known type, which it
/// keeps as it is.
fn post(client: &Client, calls: &[String], bad: &[Reject]) -> Result<u64, Failure> {
    let bad = bad.iter().map(|reject| {
        let original: String = reject.original.chars().take(MAX_ORIGINAL).collect();
        json!({
            "type": "bad_row", "code": reject.reason.code(), "message": reject.message,
            "file": &*reject.file, "row": reject.row, "line": reject.line, "original": original,
        })
        .to_string()
    });
    let known = calls.len() as u64;
    let all: Vec<String> = calls.iter().cloned().chain(bad).collect();
    let body = format!("{{\"batch\":[{}]}}", all.join(","));
    let answer = client.post_bytes(PATH, body.as_bytes())?;
    let errors = answer["errors"].as_array().cloned().unwrap_or_default();
    let own = |error: &&Value| error["index"].as_u64().is_some_and(|index| index < known);
    Ok(errors.iter().filter(own).count() as u64)
}

fn append(workspace: &Workspace, calls: &[String], bad: &[Reject]) -> Result<u64, Failure> {
    let body = format!("{{\"batch\":[{}]}}", calls.join(","));
    let door = door("POST", PATH).map_err(|_| Failure::failed("there is no door for calls"))?;
    let call = Call {
        method: "POST",
        path: PATH,
        query: "",
        headers: &[],
        body: body.as_bytes(),
    };
    let received_at = workspace.now();
    // Every call has a message id, so none is made.
    let arrived = read(
        door,
        &call,
        received_at,
        &Limits::default(),
        &mut String::new,
    );
    let arrived = arrived.map_err(|fault| Failure::failed(fault.message))?;
    let refused = arrived.refused.len() as u64;
    let mut failed: Vec<Failed> = Vec::new();
    for one in arrived.refused {
        failed.push(Failed {
            message_id: one.message_id,
            code: one.code.to_owned(),
            message: one.message,
            original: one.original,
            door: None,
        });
    }
    for reject in bad {
        failed.push(Failed {
            message_id: None,
            code: reject.reason.code().to_owned(),
            message: format!("{}, row {}: {}", reject.file, reject.row, reject.message),
            original: reject.original.clone(),
            door: None,
        });
    }
    let arrival = Arrival {
        received_at,
        lines: arrived.events.into_iter().map(|event| event.line).collect(),
        failed,
    };
    loop {
        match workspace.append_and_wait(arrival.clone()) {
            Ok(()) => return Ok(refused),
            Err(AppendError::Busy { retry_after_s }) => {
                sleep(Duration::from_secs(u64::from(retry_after_s)));
            }
            Err(error) => return Err(Failure::failed(error)),
        }
    }
}
