//! A request that was let in: who sent it, what it gives, and what it may reach.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Response;
use perennial_access::{Deed, Key, Scope};
use perennial_model::Time;
use perennial_runtime::{Question, Workspace};
use serde_json::Value;

use crate::answer;
use crate::clock;
use crate::field::Fields;
use crate::problem::Problem;
use crate::server::{Server, blocking};

/// A request that was let in.
pub struct Call {
    /// What all requests share.
    pub server: Arc<Server>,
    /// The key that it was let in with; none where anybody is.
    pub key: Option<Key>,
    /// What stands in the path for `{name}`, by name.
    pub params: Vec<(String, String)>,
    /// What the query and the body give.
    pub fields: Fields,
    /// Its id.
    pub request_id: String,
    /// Where it comes from.
    pub from: IpAddr,
}

impl Call {
    /// What stands in the path for `{name}`.
    pub fn param(&self, name: &str) -> &str {
        let param = self.params.iter().find(|(known, _)| known == name);
        param.map_or("", |(_, value)| value)
    }

    /// The workspace of its key.
    pub fn workspace(&self) -> Result<Workspace, Problem> {
        let name = self.key.as_ref().map_or("", |key| &key.workspace);
        let workspace = self.server.house.workspace(name);
        workspace.ok_or_else(|| Problem::not_found("there is no such workspace"))
    }

    /// Asks the workspace of its key. Who may only read is shown nothing personal, whatever is asked.
    pub async fn ask(&self, question: Question) -> Result<Value, Problem> {
        let sees_all = self
            .key
            .as_ref()
            .is_some_and(|key| key.scope == Scope::Admin);
        let question = match sees_all {
            true => question,
            false => Question::Masked(Box::new(question)),
        };
        answer::ask(&self.server, &self.workspace()?, question).await
    }

    /// Asks, and hands out the answer as it is.
    pub async fn answer(&self, question: Question) -> Result<Response<Body>, Problem> {
        Ok(answer::json(&self.ask(question).await?))
    }

    /// Notes in the audit log what is about to be done: what cannot be noted is not done.
    pub async fn note(&self, what: &'static str, on: &str) -> Result<(), Problem> {
        let deed = Deed {
            who: self.key.as_ref().map_or("nobody", |key| &key.id).to_owned(),
            what,
            workspace: self
                .key
                .as_ref()
                .map_or("", |key| &key.workspace)
                .to_owned(),
            on: on.to_owned(),
            from: self.from.to_string(),
            request: self.request_id.clone(),
        };
        let (server, now) = (Arc::clone(&self.server), self.now());
        blocking(move || Ok(server.audit.append(&deed, now)?)).await
    }

    /// What time it is.
    pub fn now(&self) -> Time {
        clock::now()
    }
}
