//! Segment, RudderStack, Dittofeed and Jitsu: calls that keep their own text.

use crate::arrive::Arrived;
use crate::codes;
use crate::fault::Fault;
use crate::judge::{Judge, nothing};
use crate::limits::Limits;
use crate::reply::Form;
use crate::scan::Scan;
use crate::shape::Shape;
use crate::slot::{Slot, Sort};

/// A batch as it stands in a body.
struct Batch {
    calls: Vec<Shape>,
    list: bool,
    sent: Slot,
    context: Slot,
}

/// Reads `{"batch":[...]}`.
pub(crate) fn batch<'a>(text: &'a str, form: Form, mut judge: Judge<'a>) -> Result<Arrived, Fault> {
    let batch = scan_batch(text, judge.limits)?;
    if !batch.list {
        let message = "`batch` must be there and be a list of events";
        return Err(Fault::new(400, codes::BAD_BATCH, message));
    }
    judge.sent(batch.sent, text);
    if batch.context.sort == Sort::Object {
        judge.context(batch.context.raw(text))?;
    }
    let mut arrived = nothing(form);
    arrived.events.reserve_exact(batch.calls.len());
    for (index, shape) in batch.calls.iter().enumerate() {
        judge.take(index, text, shape, shape.whole.raw(text), &mut arrived);
    }
    Ok(arrived)
}

/// Reads a body that is one call.
pub(crate) fn one(text: &str, form: Form, mut judge: Judge<'_>) -> Result<Arrived, Fault> {
    let mut scan = Scan::new(text);
    let shape = Shape::scan(&mut scan)?;
    scan.end()?;
    if shape.whole.sort != Sort::Object {
        return Err(not_an_object());
    }
    let mut arrived = nothing(form);
    judge.take(0, text, &shape, shape.whole.raw(text), &mut arrived);
    Ok(arrived)
}

/// The fault of a body that is JSON, but no object.
pub(crate) fn not_an_object() -> Fault {
    Fault::new(400, codes::BAD_JSON, "the body must be an object")
}

fn scan_batch(text: &str, limits: &Limits) -> Result<Batch, Fault> {
    let mut batch = Batch {
        calls: Vec::new(),
        list: false,
        sent: Slot::default(),
        context: Slot::default(),
    };
    let mut scan = Scan::new(text);
    let mut too_many = false;
    if scan.peek() != Some(b'{') {
        scan.value()?;
        scan.end()?;
        return Err(not_an_object());
    }
    scan.members(|scan, key| {
        match &*key.said() {
            "batch" => {
                batch.calls.clear();
                batch.list = scan.peek() == Some(b'[');
                if !batch.list {
                    return scan.value().map(|_| ());
                }
                scan.items(|scan| {
                    let shape = Shape::scan(scan)?;
                    if batch.calls.len() < limits.batch_events {
                        batch.calls.push(shape);
                    } else {
                        too_many = true;
                    }
                    Ok(())
                })?;
            }
            "sentAt" => batch.sent = scan.value()?,
            "context" => batch.context = scan.value()?,
            _ => return scan.value().map(|_| ()),
        }
        Ok(())
    })?;
    scan.end()?;
    if too_many {
        return Err(too_many_events(limits));
    }
    Ok(batch)
}

/// The fault of a request with more events than it may bring.
pub(crate) fn too_many_events(limits: &Limits) -> Fault {
    let most = limits.batch_events;
    let message = format!("one request brings {most} events at most");
    Fault::new(413, codes::TOO_MANY_EVENTS, message)
}
