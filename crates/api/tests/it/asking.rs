//! Questions that an analyst answers: what he is asked, what is made of his answers, and how many at once.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use perennial_api::{Analyst, AsOf, Ask, Findings, Inquiry, Refusal, ServeOptions};
use perennial_model::Time;
use perennial_runtime::Workspace;
use serde_json::json;

use crate::client::{ADMIN, READ, Server, options, start, start_with};

/// Answers as he is told, and keeps what he was asked.
#[derive(Debug)]
struct Fake {
    asked: Mutex<Vec<Inquiry>>,
    answers: Box<dyn Answers>,
    stopped: Mutex<Option<Sender<()>>>,
}

trait Answers: Fn(&Inquiry) -> Result<Vec<String>, Refusal> + Send + Sync {}
impl<F: Fn(&Inquiry) -> Result<Vec<String>, Refusal> + Send + Sync> Answers for F {}

impl std::fmt::Debug for dyn Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("answers")
    }
}

impl Analyst for Fake {
    fn answer(&self, workspace: &Workspace, inquiry: &Inquiry) -> Result<Findings, Refusal> {
        assert_eq!(workspace.name(), "default");
        self.asked
            .lock()
            .expect("nobody panics")
            .push(inquiry.clone());
        Ok(Findings {
            answers: (self.answers)(inquiry)?,
            as_of: AsOf {
                line: 7,
                at: Time(0),
                lines_behind: 2,
            },
        })
    }

    fn stop(&self) {
        self.stopped.lock().expect("nobody panics").take();
    }
}

/// A server with an analyst, and what tells that he was stopped.
fn serve(answers: impl Answers + 'static) -> (Server, Arc<Fake>, Receiver<()>) {
    let (sender, stopped) = channel();
    let fake = Arc::new(Fake {
        asked: Mutex::default(),
        answers: Box::new(answers),
        stopped: Mutex::new(Some(sender)),
    });
    let server = start_with(ServeOptions {
        analyst: Some(fake.clone()),
        inquiries: 1,
        ..options()
    });
    (server, fake, stopped)
}

fn texts(inquiry: &Inquiry) -> Result<Vec<String>, Refusal> {
    let one = |(_, ask): &(String, Ask)| json!({"question": ask.question}).to_string();
    Ok(inquiry.questions.iter().map(one).collect())
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn a_question_comes_as_it_is_asked_and_its_answer_says_what_it_knows() {
    let (server, fake, _) = serve(texts);
    let path = "/v1/questions/funnel?steps=a,b&step=x%3D1&step=y&list&by=&wait=9";
    let reply = server.get(path, READ);
    let as_of = json!({"line": 7, "at": "1970-01-01T00:00:00Z", "lines_behind": 2});
    assert_eq!(
        reply.json(),
        json!({"question": "funnel", "as_of": as_of}),
        "{reply:?}"
    );
    let body = json!({"questions": {"a\"b": {"question": "kpis"}, "c": {"question": "rfm", "options": {"x": [1, "y"]}}}});
    let reply = server.post("/v1/questions", ADMIN, &body);
    let answers = json!({"a\"b": {"question": "kpis"}, "c": {"question": "rfm"}});
    assert_eq!(
        reply.json(),
        json!({"answers": answers, "as_of": as_of}),
        "{reply:?}"
    );
    let asked = fake.asked.lock().unwrap();
    let options = [
        pair("steps", "a,b"),
        pair("step", "x=1"),
        pair("step", "y"),
        pair("list", ""),
        pair("by", ""),
    ];
    assert_eq!(asked[0].questions[0].1.options, options);
    assert_eq!(
        (asked[0].sees_all, asked[0].wait),
        (false, Duration::from_secs(9))
    );
    assert_eq!(
        (asked[1].sees_all, asked[1].wait),
        (true, Duration::from_secs(5))
    );
    assert_eq!(
        asked[1].questions[1].1.options,
        [pair("x", "1"), pair("x", "y")]
    );
}

#[test]
fn refusals_have_the_one_shape_of_refusals() {
    let refusals: [(Refusal, u16, &str); 11] = [
        (
            Refusal::UnknownQuestion("no".into()),
            400,
            "unknown_question",
        ),
        (Refusal::UnknownOption("no".into()), 400, "unknown_field"),
        (Refusal::Wrong("no".into()), 400, "bad_request"),
        (Refusal::Personal("no".into()), 403, "forbidden"),
        (Refusal::Senseless("no".into()), 422, "invalid"),
        (Refusal::Nothing, 409, "nothing_yet"),
        (Refusal::NotReady { retry_after_s: 3 }, 503, "not_ready"),
        (Refusal::Busy { retry_after_s: 3 }, 503, "overloaded"),
        (Refusal::TooSlow, 422, "answer_too_slow"),
        (Refusal::TooLarge, 422, "answer_too_large"),
        (Refusal::Failed("at /secret".into()), 500, "failed"),
    ];
    for (refusal, status, code) in refusals {
        let own = refusal.clone();
        let (server, ..) = serve(move |_: &Inquiry| Err(own.clone()));
        let reply = server.get("/v1/questions/funnel", READ);
        assert!(reply.refuses(status, code), "{refusal:?} {reply:?}");
        assert_eq!(
            reply.header("retry-after").is_some(),
            status == 503,
            "{reply:?}"
        );
        assert!(!reply.text().contains("secret"), "{reply:?}");
    }
    let nobody = start().get("/v1/questions/funnel", READ);
    assert!(nobody.refuses(404, "not_found"), "{nobody:?}");
}

#[test]
fn no_more_is_asked_at_once_than_may_be() {
    let (go, goes) = channel::<()>();
    let (begun, begins) = channel::<()>();
    let (goes, begun) = (Mutex::new(goes), Mutex::new(begun));
    let (server, _, _) = serve(move |inquiry: &Inquiry| {
        begun.lock().unwrap().send(()).unwrap();
        goes.lock().unwrap().recv().unwrap();
        texts(inquiry)
    });
    std::thread::scope(|scope| {
        let first = scope.spawn(|| server.get("/v1/questions/funnel", READ));
        begins.recv().unwrap();
        let second = server.get("/v1/questions/funnel", READ);
        assert!(second.refuses(503, "overloaded"), "{second:?}");
        go.send(()).unwrap();
        assert_eq!(first.join().unwrap().status, 200);
    });
}

#[test]
fn the_analyst_stops_with_the_server() {
    let (mut server, _, stopped) = serve(texts);
    server.stop();
    // Whoever would tell is gone.
    assert!(stopped.recv().is_err());
}

#[test]
fn what_is_no_question_is_not_asked() {
    let (server, fake, _) = serve(texts);
    for path in [
        "/v1/questions/funnel?wait=61",
        "/v1/questions/funnel?wait=1&wait=2",
        "/v1/questions/funnel?=x",
        "/v1/questions/funnel?a%00=x",
        "/v1/questions/funnel?a=%00",
        "/v1/questions/funnel?a=%ff",
        "/v1/questions/fun%0anel",
    ] {
        let reply = server.get(path, READ);
        assert_eq!(reply.status, 400, "{path} {reply:?}");
    }
    let many: serde_json::Map<_, _> = (0..21)
        .map(|number| (number.to_string(), json!({"question": "kpis"})))
        .collect();
    for body in [
        json!({}),
        json!({"questions": {}}),
        json!({"questions": many}),
        json!({"questions": {"a": 1}}),
    ] {
        let reply = server.post("/v1/questions", READ, &body);
        assert_eq!(reply.status, 400, "{body} {reply:?}");
    }
    assert!(fake.asked.lock().unwrap().is_empty());
}
