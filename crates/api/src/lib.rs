//! The door of Perennial: HTTP in, arrivals and questions out.
//!
//! [`bind`] takes a folder of data that is open and an address; [`Bound::run`] serves until it is told
//! to stop. One table of routes ([`routes`]) is the router, the check of what is sent, the scope that
//! each route asks for, and the OpenAPI document.
//!
//! What is absent: what events mean (`protocol`), what is stored (`runtime`), who holds which key
//! (`access`), TLS and HTTP/2 (a proxy's work), cookies and sessions.

mod again;
mod analyst;
mod answer;
mod body;
mod budget;
mod call;
mod clock;
mod counters;
mod error;
mod exposed;
mod field;
mod gate;
mod log;
mod openapi;
mod options;
mod parcel;
mod problem;
mod route;
mod router;
mod routes;
mod serve;
mod server;
mod subjects;
mod wire;

pub use analyst::{Analyst, AsOf, Ask, Findings, Inquiry, Refusal};
pub use error::ApiError;
pub use exposed::warning_if_exposed;
pub use field::{Field, Form};
pub use openapi::openapi;
pub use options::{Patience, RequestLog, ServeOptions, WebhookSecret};
pub use route::{Opens, Route, Verb};
pub use routes::routes;
pub use serve::{Bound, Stopper, bind};
