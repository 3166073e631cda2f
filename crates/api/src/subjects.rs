//! What customers ask of their data through the shops and tools that send their events.

use std::sync::Arc;

use perennial_access::Deed;
use perennial_protocol::{Ask, SubjectRequest, Who};
use perennial_runtime::{Failed, Question, Whose, Workspace};
use serde_json::json;

use crate::answer;
use crate::clock;
use crate::gate::Seen;
use crate::problem::Problem;
use crate::server::{Server, blocking};

/// What is asked that no machine can do alone: it is kept with the refused events, where people see it.
pub fn left_to_people(requests: &[SubjectRequest]) -> Vec<Failed> {
    let left = requests.iter().filter_map(|request| {
        let (code, message) = match request.ask {
            Ask::Export => ("data_request", "a customer asks for her data: hand it to her"),
            Ask::EraseSource => ("erase_source", "a shop asks to erase all that came from it"),
            _ => return None,
        };
        let Who { user_id, email, phone, source, anonymous_id } = &request.who;
        let who = json!({"user_id": user_id, "anonymous_id": anonymous_id, "email": email, "phone": phone,
            "source": source});
        Some(Failed {
            message_id: request.message_id.clone(),
            code: code.to_owned(),
            message: message.to_owned(),
            original: who.to_string(),
            door: None,
        })
    });
    left.collect()
}

/// Does what is asked, each in the audit log first.
pub async fn fulfil(
    server: &Arc<Server>,
    workspace: &Workspace,
    requests: &[SubjectRequest],
    by: &str,
    seen: &Seen,
) -> Result<(), Problem> {
    for request in requests {
        type About = fn(Whose) -> Question;
        let (what, question): (_, About) = match request.ask {
            Ask::Erase => ("customer_erased", Question::Erase),
            Ask::Suppress => ("customer_suppressed", Question::Suppress),
            Ask::Unsuppress => ("customer_unsuppressed", Question::Unsuppress),
            Ask::Export | Ask::EraseSource => continue,
        };
        let deed = Deed {
            who: by.to_owned(),
            what,
            workspace: workspace.name().to_owned(),
            on: String::new(),
            from: seen.from.to_string(),
            request: seen.request_id.clone(),
        };
        let shared = Arc::clone(server);
        blocking(move || Ok(shared.audit.append(&deed, clock::now())?)).await?;
        for who in people(&request.who) {
            match answer::ask(server, workspace, question(who)).await {
                // Nobody is known by it: there is nothing to do.
                Err(problem) if problem.status == 404 => {}
                outcome => drop(outcome?),
            }
        }
    }
    Ok(())
}

/// Every identifier that a request names.
fn people(who: &Who) -> Vec<Whose> {
    let named = [
        ("user", &who.user_id),
        ("anonymous", &who.anonymous_id),
        ("email", &who.email),
        ("phone", &who.phone),
    ];
    let person = |(kind, id): (&str, &Option<String>)| {
        Some(Whose::Of {
            kind: kind.to_owned(),
            id: id.clone()?,
        })
    };
    named.into_iter().filter_map(person).collect()
}
