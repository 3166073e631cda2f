//! What runs over the log have written goes whenever events may no longer be told.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use perennial_model::Time;
use perennial_runtime::Question;

use crate::erasure::{any, calls, erase, filled, id};
use crate::shop::{DAY_MS, START_MS, project};
use crate::world::World;

/// Leaves something of a customer in the folder of pictures.
fn leave(folder: &Path) {
    fs::create_dir_all(folder.join("1")).expect("a folder");
    fs::write(folder.join("1/touches"), id(0)).expect("a file");
}

#[test]
fn an_erasure_and_a_suppression_throw_pictures_away() {
    let world = filled();
    let pictures = world.workspace().pictures();
    leave(&pictures);
    let receipt = erase(&world, 0);
    assert!(!pictures.exists());
    assert_eq!(receipt["stores"][3], "pictures", "{receipt}");
    leave(&pictures);
    world.answer(Question::Suppress(any(&id(1))));
    assert!(!pictures.exists());
    leave(&pictures);
    world.answer(Question::Unsuppress(any(&id(1))));
    assert!(pictures.exists(), "nothing is hidden by that");
}

#[test]
fn a_start_throws_away_what_is_left_and_a_backup_leaves_it() {
    let mut world = filled();
    let pictures = world.workspace().pictures();
    leave(&pictures);
    let copy = world.folder.path().join("copy");
    world.house().backup(&copy).expect("it is copied");
    assert!(copy.join("workspaces/default/log").exists());
    assert!(!copy.join("workspaces/default/pictures").exists());
    world.restart();
    assert!(!pictures.exists());
}

#[test]
fn whoever_has_made_something_of_the_log_is_told_before_the_answer() {
    let told = Arc::new(AtomicUsize::new(0));
    let mut files = project();
    files[0].1.push_str("\nretention: { default: 1d }\n");
    let mut world = World::closed(files, Time(START_MS + 600_000));
    let own = Arc::clone(&told);
    world.forgets = Some(Arc::new(move |name: &str, folder: &Path| {
        assert_eq!(name, "default");
        assert!(folder.ends_with("default/pictures"), "{folder:?}");
        own.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }));
    world.open();
    world.append(calls(0), Time(START_MS + 600_000));
    world.append(calls(1), Time(START_MS + 600_000));
    let times = |told: &AtomicUsize| told.load(Ordering::SeqCst);
    assert_eq!(times(&told), 0);
    erase(&world, 0);
    assert_eq!(times(&told), 1);
    world.answer(Question::Suppress(any(&id(1))));
    assert_eq!(times(&told), 2);
    world.clock.set(Time(START_MS + 30 * DAY_MS));
    let kept = world.answer(Question::Retention { apply: true });
    assert!(
        kept["events"].as_u64().is_some_and(|events| events > 0),
        "{kept}"
    );
    assert_eq!(times(&told), 3);
    world.answer(Question::Retention { apply: true });
    assert_eq!(times(&told), 3, "nothing has gone");
}
