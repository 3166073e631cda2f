//! Questions asked of a server: what it answers is what the commands answer of a run over its log.

mod personal;

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::serving::{ADMIN, Server, WRITE, json as told};
use crate::shop::{PROJECT, Shop};

/// Three customers, one of whom comes back.
const EVENTS: &str = "user_id,event,timestamp,plan,nickname,channel,amount
ada-marker,visit,2025-03-01T09:00:00Z,free,ada-marker-n,search,
ada-marker,signup,2025-03-01T09:05:00Z,free,ada-marker-n,,
ada-marker,order,2025-03-03T10:00:00Z,pro,ada-marker-n,email,40
bob,visit,2025-03-01T12:00:00Z,free,,ads,
bob,visit,2025-03-02T12:00:00Z,free,,search,
bob,signup,2025-03-02T12:10:00Z,free,,,
cyd,visit,2025-03-02T15:00:00Z,,,search,
cyd,signup,2025-03-04T15:00:00Z,pro,,,
cyd,order,2025-03-04T15:20:00Z,pro,,,20
eve@x.org,order,2025-03-05T15:20:00Z,pro,,ads,20
eve@x.org,visit,2025-03-06T15:20:00Z,pro,,ads,
";
/// Questions as the server is asked them, and as the command line is.
const QUESTIONS: &[(&str, &[&str])] = &[
    (
        "funnel?steps=visit,signup,order&window=14d&by=plan&list",
        &[
            "funnel",
            "--steps=visit,signup,order",
            "--window=14d",
            "--by=plan",
            "--list",
        ],
    ),
    (
        "funnel?step=event%20%3D%20'visit'&step=event+in+('signup','order')&window=14d&order=strict",
        &[
            "funnel",
            "--step=event = 'visit'",
            "--step=event in ('signup','order')",
            "--window=14d",
            "--order=strict",
        ],
    ),
    ("kpis?interval=month", &["kpis", "--interval=month"]),
    ("kpis", &["kpis"]),
    (
        "kpis?from=2025-03-01&to=2025-03-31&compare=previous",
        &[
            "kpis",
            "--from=2025-03-01",
            "--to=2025-03-31",
            "--compare=previous",
        ],
    ),
    (
        "paths?segment=customer_id%3Dbob",
        &["paths", "--segment=customer_id=bob"],
    ),
    ("regions?by=plan", &["regions", "--by=plan"]),
    ("business", &["business"]),
    ("journey?rows=pains", &["journey", "--rows=pains"]),
    (
        "opportunities?min_people=1&by=plan",
        &["opportunities", "--min-people=1", "--by=plan"],
    ),
    ("rfm", &["rfm"]),
    (
        "lifecycle?event=any&interval=week",
        &["lifecycle", "--event=any", "--interval=week"],
    ),
    (
        "retention?period=day&timezone=Europe/Berlin",
        &["retention", "--period=day", "--timezone=Europe/Berlin"],
    ),
    (
        "stickiness?event=visit&interval=day",
        &["stickiness", "--event=visit", "--interval=day"],
    ),
    (
        "paths?ends=&top_paths=3&gap=30d",
        &["paths", "--ends", "--top-paths=3", "--gap=30d"],
    ),
    (
        "dfg?where=plan%20%3D%20'free'",
        &["dfg", "--where=plan = 'free'"],
    ),
    ("sessions?gap=30m", &["sessions", "--gap=30m"]),
    (
        "sequence?pattern=(?1)(?2)&steps=visit,order",
        &["sequence", "--pattern=(?1)(?2)", "--steps=visit,order"],
    ),
    (
        "attribution?conversion=order&channel=channel&model=first,linear&model=last",
        &[
            "attribution",
            "--conversion=order",
            "--channel=channel",
            "--model=first,linear",
            "--model=last",
        ],
    ),
];

/// A server over the events above.
fn filled(more: &str) -> (Shop, Server) {
    let shop = Shop::new(&format!("{PROJECT}{more}"));
    let server = Server::start(&shop, &["--project", "."]);
    bring(&shop, &server, EVENTS);
    (shop, server)
}

fn bring(shop: &Shop, server: &Server, rows: &str) {
    shop.file("rows.csv", rows.as_bytes());
    let import = [
        "import",
        "rows.csv",
        "--output",
        "json",
        "--url",
        &server.url,
    ];
    told(&shop.command(&[&import[..], &["--write-key", WRITE]].concat(), b""));
}

fn ask(server: &Server, question: &str) -> (u16, Value) {
    let sign = if question.contains('?') { '&' } else { '?' };
    server.get(&format!("/v1/questions/{question}{sign}wait=60"))
}

/// The folders of pictures that are there.
fn pictures(shop: &Shop) -> Vec<PathBuf> {
    let folder = shop.folder.join("data/workspaces/default/pictures");
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

fn without_as_of(mut answer: Value) -> Value {
    let members = answer.as_object_mut().expect("an object");
    assert!(members.remove("as_of").is_some(), "{members:?}");
    answer
}

#[test]
fn a_server_answers_what_the_commands_answer_of_a_run_over_its_log() {
    let (shop, server) = filled("");
    let mut answers = Vec::new();
    for (question, _) in QUESTIONS {
        let (status, answer) = ask(&server, question);
        assert_eq!(status, 200, "{question}: {answer}");
        answers.push(answer);
    }
    assert_eq!(
        pictures(&shop).len(),
        1,
        "nothing came, so one picture is enough"
    );
    let as_of = answers[0]["as_of"].clone();
    assert_eq!(
        (&as_of["line"], &as_of["lines_behind"]),
        (&json!(11), &json!(0))
    );
    let at = as_of["at"].as_str().expect("an instant");
    let export = shop.command(
        &["log", "export", "--data", "data", "--save", "log.ndjson"],
        b"",
    );
    assert_eq!(export.code, Some(0), "{}", export.stderr);
    let run = shop.run(&["--input", "log.ndjson", "--until", at]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let mut asked = json!({});
    for ((question, words), answer) in QUESTIONS.iter().zip(&answers) {
        assert_eq!(answer["as_of"], as_of, "{question}");
        let command = [words, &["--out", "out", "--output", "json"][..]].concat();
        let mut wanted = told(&shop.command(&command, b""));
        wanted.as_object_mut().expect("an object").remove("as_of");
        assert_eq!(without_as_of(answer.clone()), wanted, "{question}");
        asked[question] = body(words);
    }
    // All of them at once, in the body.
    let (status, all) = server.post("/v1/questions", &json!({"questions": asked, "wait": 60}));
    assert_eq!(status, 200, "{all}");
    assert_eq!(all["as_of"], as_of);
    for ((question, _), answer) in QUESTIONS.iter().zip(answers) {
        assert_eq!(
            all["answers"][question],
            without_as_of(answer),
            "{question}"
        );
    }
}

/// A question as a body has it.
fn body(words: &[&str]) -> Value {
    let mut options = json!({});
    for word in &words[1..] {
        let (name, value) = word
            .trim_start_matches('-')
            .split_once('=')
            .unwrap_or((word.trim_start_matches('-'), ""));
        let value = match value.is_empty() {
            true => json!(true),
            false => json!(value),
        };
        match options.get_mut(name) {
            Some(Value::Array(list)) => list.push(value),
            Some(own) => *own = json!([own.clone(), value]),
            None => options[name] = value,
        }
    }
    json!({"question": words[0], "options": options})
}

#[test]
fn what_came_is_in_the_next_answer_and_old_pictures_go() {
    let (shop, server) = filled("");
    let steps = "funnel?steps=visit,signup&window=14d";
    let people = |answer: &Value| answer["people"].clone();
    assert_eq!(people(&ask(&server, steps).1), 4);
    let first = pictures(&shop);
    bring(
        &shop,
        &server,
        "user_id,event,timestamp\nfay,visit,2025-04-01\n",
    );
    let (status, answer) = ask(&server, steps);
    assert_eq!((status, people(&answer)), (200, json!(5)), "{answer}");
    assert_eq!(
        (&answer["as_of"]["line"], &answer["as_of"]["lines_behind"]),
        (&json!(12), &json!(0))
    );
    let then = pictures(&shop);
    assert!(then.len() == 1 && then != first, "{first:?} {then:?}");
    // Without waiting the last picture answers, and says what it does not know.
    bring(
        &shop,
        &server,
        "user_id,event,timestamp\ngus,visit,2025-04-02\n",
    );
    let (status, answer) = server.get(&format!("/v1/questions/{steps}&wait=0"));
    assert_eq!((status, people(&answer)), (200, json!(5)), "{answer}");
    assert_eq!(answer["as_of"]["lines_behind"], 1);
    // Other rules need another picture, and what an old one knows is not told as theirs.
    let lapsed = PROJECT.replace("days(90)", "days(100000)");
    let before = ask(&server, "kpis").1;
    let applied = server.post("/v1/rules", &json!({"files": {"perennial.yaml": lapsed}}));
    assert_eq!(applied.0, 200, "{applied:?}");
    let after = ask(&server, "kpis").1;
    assert_ne!(before["stages"], after["stages"]);
    let (code, said) = server.end("-TERM");
    assert_eq!(code, Some(0), "{said}");
    assert!(pictures(&shop).is_empty(), "they go with the server");
}

#[test]
fn nothing_and_no_lifecycle_are_told() {
    let shop = Shop::new("name: Shop\n");
    let server = Server::start(&shop, &["--project", "."]);
    let (status, answer) = ask(&server, "kpis");
    assert_eq!((status, &answer["code"]), (409, &json!("nothing_yet")));
    // Before there is a picture, and without waiting for one.
    bring(&shop, &server, EVENTS);
    let (status, answer) = server.get("/v1/questions/rfm?wait=0");
    assert_eq!(
        (status, &answer["code"]),
        (503, &json!("not_ready")),
        "{answer}"
    );
    assert_eq!(ask(&server, "rfm").0, 200);
    let (status, answer) = ask(&server, "kpis");
    assert_eq!(
        (status, &answer["code"]),
        (422, &json!("invalid")),
        "{answer}"
    );
}

#[test]
fn what_is_wrong_is_refused_in_words_and_the_server_goes_on() {
    let (_shop, server) = filled("");
    for (question, status, code, says) in [
        (
            "funel?steps=a",
            400,
            "unknown_question",
            "did you mean `funnel`?",
        ),
        ("run?out=x", 400, "unknown_question", "funnel"),
        ("serve", 400, "unknown_question", "funnel"),
        (
            "funnel?stepz=a",
            400,
            "unknown_field",
            "did you mean `steps`?",
        ),
        (
            "funnel?input=/etc/passwd",
            400,
            "bad_request",
            "leave it out",
        ),
        ("funnel?out=..", 400, "bad_request", "leave it out"),
        ("funnel?save=x", 400, "bad_request", "leave it out"),
        ("funnel?output=csv", 400, "bad_request", "leave it out"),
        ("funnel?columns=a", 400, "bad_request", "leave it out"),
        ("funnel?threads=9999", 400, "bad_request", "leave it out"),
        ("kpis?project=/", 400, "bad_request", "leave it out"),
        (
            "rfm?thresholds=/etc/passwd",
            400,
            "bad_request",
            "leave it out",
        ),
        (
            "attribution?paths=/etc/passwd&model=last",
            400,
            "bad_request",
            "leave it out",
        ),
        ("funnel", 400, "bad_request", "--window"),
        (
            "funnel?steps=visit&window=14d&order=sideways",
            400,
            "bad_request",
            "unordered",
        ),
        (
            "funnel?steps=visit&window=fortnight",
            400,
            "bad_request",
            "no length of time",
        ),
        (
            "funnel?steps=visit&window=14d&by=plann",
            400,
            "bad_request",
            "did you mean `plan`?",
        ),
        (
            "funnel?steps=visit&window=14d&where=plan%20%3D",
            400,
            "bad_request",
            "--where",
        ),
        (
            "funnel?steps=visit&window=14d&where=nobody%20%3D%201",
            400,
            "bad_request",
            "nobody",
        ),
        (
            "funnel?steps=visit&window=14d&from=2025-02-01&to=2025-01-01",
            400,
            "bad_request",
            "--",
        ),
        ("kpis?lifecycle=nosuch", 400, "bad_request", "retail"),
        ("funnel?a%20b=1", 400, "unknown_field", "name"),
        ("funnel?wait=61", 400, "bad_request", "wait"),
        ("dfg?by=%00", 400, "bad_request", "NUL"),
    ] {
        let (got, answer) = server.get(&format!("/v1/questions/{question}"));
        let got = match answer["code"] == "not_ready" {
            true => ask(&server, question),
            false => (got, answer),
        };
        let text = got.1.to_string();
        assert_eq!(
            (got.0, &got.1["code"]),
            (status, &json!(code)),
            "{question}: {text}"
        );
        assert!(text.contains(says), "{question}: {text}");
        for place in ["pictures", "rules.json", "workspaces"] {
            assert!(!text.contains(place), "{question}: {text}");
        }
    }
    let one = |question: Value| {
        server.post(
            "/v1/questions",
            &json!({"questions": {"mine": question}, "wait": 60}),
        )
    };
    for (question, status, says) in [
        (json!({"question": "funel"}), 400, "`mine`"),
        (
            json!({"question": "funnel", "options": {"out": "x"}}),
            400,
            "`mine`",
        ),
        (
            json!({"question": "dfg", "options": {"by": "plann"}}),
            400,
            "`mine`",
        ),
        (
            json!({"question": "dfg", "options": {"by": {}}}),
            400,
            "questions",
        ),
    ] {
        let (got, answer) = one(question.clone());
        assert!(
            got == status && answer.to_string().contains(says),
            "{question}: {got} {answer}"
        );
    }
    assert_eq!(one(json!({"question": "dfg"})).0, 200);
}

/// The admin key is not what the processes beside the server are given.
#[test]
fn a_process_beside_the_server_does_nothing_without_an_order() {
    let shop = Shop::new(PROJECT);
    for (job, order) in [
        ("answer", ""),
        ("picture", "{}\n"),
        ("answer", "nonsense\n"),
        ("answer", "{}\n"),
    ] {
        let got = shop.command(&["aside", job], order.as_bytes());
        assert!(!got.stdout.contains(ADMIN), "{job}: {}", got.stdout);
        assert!(
            got.code != Some(0) || got.stdout.is_empty(),
            "{job} {order}: {}",
            got.stdout
        );
    }
    assert!(
        shop.command(&["--help"], b"")
            .stdout
            .lines()
            .all(|line| !line.contains("aside"))
    );
}
