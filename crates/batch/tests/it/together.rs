//! Several questions in one reading, and touches read as they lie: the answers are those of each by itself.

use std::fs::File;
use std::sync::{Arc, Mutex};

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use perennial_batch::BatchError;
use perennial_batch::options::Observer;
use perennial_batch::read::Progress;
use perennial_batch::trails::{Asked, Condition, Of, Trails};
use perennial_model::{Time, Zone, customer_hash};
use proptest::prelude::*;

use crate::trails::{Files, Lines, Nobody, event, rule};

const DAY_MS: i64 = 86_400_000;
/// 2025-01-01.
const START_MS: i64 = 1_735_689_600_000;

/// A row: customer, milliseconds since the start, event, plan, amount.
type Row = (u8, i64, u8, Option<u8>, Option<i32>);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let plan = proptest::option::of(0..3_u8);
    let amount = proptest::option::of(-5..50_i32);
    let row = (0..9_u8, 0..20 * DAY_MS, 0..4_u8, plan, amount);
    proptest::collection::vec(row, 1..60)
}

fn id(customer: u8) -> String {
    format!("customer {customer}")
}

/// In the order in which a run writes touches.
fn in_order(mut rows: Vec<Row>) -> Vec<Row> {
    let key = |row: &Row| {
        let id = id(row.0);
        (customer_hash(id.as_bytes()), id, row.1)
    };
    rows.sort_by_key(key);
    // Times differ, so that no order of rows decides anything.
    rows.dedup_by_key(|row| (row.0, row.1));
    rows
}

/// Writes a table of touches in groups of so many rows.
fn touches(files: &Files, name: &str, rows: &[Row], group: usize) -> String {
    let texts = |text: &dyn Fn(&Row) -> Option<String>| -> ArrayRef {
        Arc::new(StringArray::from_iter(rows.iter().map(text)))
    };
    let at = rows.iter().map(|row| START_MS + row.1);
    let at = TimestampMillisecondArray::from_iter_values(at).with_timezone("UTC");
    let amounts = rows.iter().map(|row| row.4.map(i64::from));
    let columns: [(&str, ArrayRef); 5] = [
        ("customer_id", texts(&|row| Some(id(row.0)))),
        ("at", Arc::new(at)),
        ("event", texts(&|row| Some(format!("e{}", row.2)))),
        ("plan", texts(&|row| row.3.map(|plan| format!("p{plan}")))),
        ("amount", Arc::new(Int64Array::from_iter(amounts))),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("columns");
    let path = files.path(name);
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(group))
        .build();
    let file = File::create(&path).expect("a file");
    let mut writer =
        ArrowWriter::try_new(file, batch.schema(), Some(properties)).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
    path
}

/// Notes the phases of a reading.
#[derive(Default)]
struct Phases(Mutex<Vec<String>>);

impl Observer for Phases {
    fn phase(&self, name: &str, _: Option<(u64, &Arc<Progress>)>) {
        self.0.lock().expect("phases").push(name.to_owned());
    }
}

impl Phases {
    fn has(&self, name: &str) -> bool {
        self.0.lock().expect("phases").iter().any(|own| own == name)
    }
}

fn asked(file: &str) -> Asked {
    let mut asked = Asked::of(vec![file.to_owned()], Zone::utc(), 2);
    asked.with_ids = true;
    asked.is_touches = true;
    asked
}

/// A question drawn from a number.
fn question(file: &str, draw: u32) -> Asked {
    let bit = |place: u32| draw >> place & 1 == 1;
    let mut asked = asked(file);
    for (place, condition) in [
        event("e0"),
        rule("plan = 'p1'"),
        rule("event = 'e2' AND amount > 10"),
        Condition::default(),
    ]
    .into_iter()
    .enumerate()
    {
        if bit(place as u32) {
            asked.conditions.push(condition);
        }
    }
    if bit(4) {
        asked.texts.push("plan".into());
    }
    if bit(5) {
        asked.texts.push("event".into());
    }
    if bit(6) {
        asked.numbers.push("amount".into());
    }
    if bit(7) {
        asked.only = rule("amount IS NULL OR amount >= 0");
    }
    if bit(8) {
        asked.only = event("e1");
    }
    if bit(9) {
        asked.span.0 = Some(Time(START_MS + 5 * DAY_MS));
    }
    if bit(10) {
        asked.span.1 = Some(Time(START_MS + 9 * DAY_MS));
    }
    asked
}

/// All that a question is told.
fn told(mut trails: Trails) -> Vec<String> {
    let mut told = trails.ask(&Lines);
    told.push(format!("{:?} {:?}", trails.counts, trails.span));
    let came = trails.words().events.iter().zip(&trails.occurrences);
    let mut came: Vec<String> = came.map(|own| format!("{own:?}")).collect();
    came.sort();
    told.extend(came);
    if !trails.words().texts.is_empty() {
        for of in [Of::Rows, Of::First] {
            let groups = trails.groups(0, of, 2);
            told.extend(
                trails
                    .ask_by(&Lines, &groups)
                    .into_iter()
                    .map(|own| format!("{own:?}")),
            );
        }
        told.push(trails.keep_words(0, 1).to_string());
        told.extend(trails.ask(&Lines));
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn asked_together_is_asked_alone(
        rows in rows(),
        draws in proptest::collection::vec(any::<u32>(), 2..6),
        group in 1..20_usize,
    ) {
        let files = Files::new();
        let file = touches(&files, "touches.parquet", &in_order(rows), group);
        let questions: Vec<Asked> = draws.iter().map(|&draw| question(&file, draw)).collect();
        let together: Vec<&Asked> = questions.iter().collect();
        let together = Trails::read_all(&together, &Nobody).expect("read");
        prop_assert_eq!(together.len(), questions.len());
        for (own, together) in questions.iter().zip(together) {
            let alone = Trails::read(own, &Nobody).expect("read");
            prop_assert_eq!(told(together), told(alone));
        }
    }

    #[test]
    fn touches_in_order_are_as_any_rows(
        rows in rows(),
        draw in any::<u32>(),
        only_marked in any::<bool>(),
        group in 1..20_usize,
    ) {
        let files = Files::new();
        let ordered = in_order(rows);
        let lying = touches(&files, "touches.parquet", &ordered, group);
        let mut shuffled = ordered.clone();
        shuffled.sort_by_key(|row| (row.1 % 1_000, row.1, row.0));
        let strewn = touches(&files, "strewn.parquet", &shuffled, group);
        let read = |file: &str| {
            let mut asked = question(file, draw);
            asked.only_marked = only_marked;
            let phases = Phases::default();
            let trails = Trails::read(&asked, &phases).expect("read");
            (told(trails), phases.has("joining identities"))
        };
        let (lying, was_joined) = read(&lying);
        prop_assert!(!was_joined, "read as it lies");
        let (strewn, was_joined) = read(&strewn);
        prop_assert_eq!(was_joined, shuffled != ordered);
        prop_assert_eq!(lying, strewn);
    }
}

#[test]
fn an_error_says_which_question() {
    let files = Files::new();
    let file = touches(&files, "touches.parquet", &[(1, 0, 0, None, None)], 1);
    let fine = asked(&file);
    let wrong = |change: &dyn Fn(&mut Asked)| {
        let mut wrong = asked(&file);
        change(&mut wrong);
        match Trails::read_all(&[&fine, &wrong], &Nobody).err() {
            Some(BatchError::Question { number, error }) => (number, error),
            other => panic!("{other:?}"),
        }
    };
    let (number, error) = wrong(&|asked| asked.texts.push("plann".into()));
    assert_eq!(number, 1);
    assert!(error.to_string().contains("did you mean `plan`"), "{error}");
    let (number, error) = wrong(&|asked| asked.only = rule("amount >"));
    assert!(
        number == 1 && matches!(*error, BatchError::Rules(_)),
        "{error}"
    );
    let (number, error) = wrong(&|asked| asked.conditions.push(rule("amout > 1")));
    assert!(
        number == 1 && matches!(*error, BatchError::Rules(_)),
        "{error}"
    );
}

#[test]
fn more_conditions_than_can_be_numbered_are_refused() {
    let files = Files::new();
    let file = touches(&files, "touches.parquet", &[(1, 0, 0, None, None)], 1);
    let mut many = asked(&file);
    many.conditions = vec![event("e0"); 40_000];
    let error = Trails::read_all(&[&many, &many], &Nobody)
        .err()
        .expect("refused");
    assert!(error.to_string().contains("60000"), "{error}");
}
