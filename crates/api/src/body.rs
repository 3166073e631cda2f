//! The body of a request, read within its limits of bytes and of time.

use axum::body::Body;
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use tokio::time::timeout;

use crate::budget::Room;
use crate::problem::Problem;
use crate::server::Server;

/// Reads a body of at most `most_bytes`. What is declared to be larger is refused before a byte is read.
pub async fn read(
    server: &Server,
    headers: &HeaderMap,
    body: Body,
    most_bytes: usize,
) -> Result<(Vec<u8>, Room), Problem> {
    let declared = headers.get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|bytes| bytes > most_bytes as u64) {
        return Err(Problem::too_large(most_bytes));
    }
    let mut room = Room::default();
    let reading = read_all(server, body, most_bytes, &mut room);
    let bytes = timeout(server.options.patience.body, reading).await;
    let late = |_| Problem {
        close: true,
        ..Problem::new(408, "too_slow", "the body did not come in time")
    };
    Ok((bytes.map_err(late)??, room))
}

/// Memory is taken for what has come, never for what is only declared.
async fn read_all(
    server: &Server,
    mut body: Body,
    most_bytes: usize,
    room: &mut Room,
) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let broken = |_| Problem {
            close: true,
            ..Problem::new(400, "bad_body", "the body is cut off or wrongly framed")
        };
        let frame = frame.map_err(broken)?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let whole = bytes.len() + data.len();
        if whole > most_bytes {
            return Err(Problem::too_large(most_bytes));
        }
        let patience = server.options.patience.room;
        server.budget.widen(room, whole, patience).await?;
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}
