//! Counts and times of requests, in the text form of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use perennial_runtime::Status;

/// Upper bounds of the buckets of times, in milliseconds.
const BUCKETS_MS: [u64; 12] = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10_000];

/// Counts and times of requests.
#[derive(Default)]
pub struct Counters {
    routes: Mutex<BTreeMap<(&'static str, &'static str), Times>>,
}

#[derive(Default)]
struct Times {
    statuses: BTreeMap<u16, u64>,
    buckets: [u64; BUCKETS_MS.len()],
    sum: Duration,
    count: u64,
}

impl Counters {
    /// Counts a request by its method and the path of its route.
    pub fn count(&self, method: &'static str, route: &'static str, status: u16, took: Duration) {
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let times = routes.entry((method, route)).or_default();
        *times.statuses.entry(status).or_default() += 1;
        times.count += 1;
        times.sum += took;
        for (bucket, bound_ms) in times.buckets.iter_mut().zip(BUCKETS_MS) {
            *bucket += u64::from(took <= Duration::from_millis(bound_ms));
        }
    }

    /// The text of all requests.
    pub fn write(&self, out: &mut String) {
        let routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        begin(
            out,
            "perennial_http_requests_total",
            "counter",
            "Requests answered.",
        );
        for ((method, route), times) in routes.iter() {
            for (status, count) in &times.statuses {
                line(
                    out,
                    format_args!(
                        "perennial_http_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}} {count}"
                    ),
                );
            }
        }
        let name = "perennial_http_request_seconds";
        begin(out, name, "histogram", "Time until an answer began.");
        for ((method, route), times) in routes.iter() {
            let labels = format!("method=\"{method}\",route=\"{route}\"");
            for (bucket, bound_ms) in times.buckets.iter().zip(BUCKETS_MS) {
                let bound = bound_ms as f64 / 1000.0;
                line(
                    out,
                    format_args!("{name}_bucket{{{labels},le=\"{bound}\"}} {bucket}"),
                );
            }
            let (count, sum) = (times.count, times.sum.as_secs_f64());
            line(
                out,
                format_args!("{name}_bucket{{{labels},le=\"+Inf\"}} {count}"),
            );
            line(out, format_args!("{name}_sum{{{labels}}} {sum}"));
            line(out, format_args!("{name}_count{{{labels}}} {count}"));
        }
    }
}

/// One figure without labels.
pub fn figure(out: &mut String, name: &str, kind: &str, says: &str, value: u64) {
    begin(out, name, kind, says);
    line(out, format_args!("{name} {value}"));
}

/// The figures of all workspaces.
pub fn workspaces(out: &mut String, all: &[(String, Status)]) {
    type Read = fn(&Status) -> u64;
    let figures: [(&str, &str, &str, Read); 11] = [
        (
            "ready",
            "gauge",
            "Whether the log has been folded since the start.",
            |s| u64::from(s.ready),
        ),
        ("received_total", "counter", "Events in requests.", |s| {
            s.received
        }),
        ("durable_total", "counter", "Lines in the log.", |s| {
            s.durable
        }),
        ("applied_total", "counter", "Lines folded.", |s| s.applied),
        ("events_total", "counter", "Events, each once.", |s| {
            s.events
        }),
        (
            "duplicates_total",
            "counter",
            "Events that had come before.",
            |s| s.duplicates,
        ),
        (
            "duplicate_conflicts_total",
            "counter",
            "Of them those with another content.",
            |s| s.duplicate_conflicts,
        ),
        ("failed_total", "counter", "Events refused.", |s| s.failed),
        ("customers", "gauge", "Customers.", |s| s.customers),
        (
            "timers",
            "gauge",
            "Customers for whom time will bring something.",
            |s| s.timers,
        ),
        ("log_bytes", "gauge", "Bytes of the log.", |s| s.log_bytes),
    ];
    for (name, kind, says, read) in figures {
        let name = format!("perennial_{name}");
        begin(out, &name, kind, says);
        for (workspace, status) in all {
            // Names of workspaces need no escapes: the house takes plain ones only.
            let value = read(status);
            line(
                out,
                format_args!("{name}{{workspace=\"{workspace}\"}} {value}"),
            );
        }
    }
}

fn begin(out: &mut String, name: &str, kind: &str, says: &str) {
    line(
        out,
        format_args!("# HELP {name} {says}\n# TYPE {name} {kind}"),
    );
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a text cannot fail.
    out.write_fmt(text).ok();
    out.push('\n');
}
