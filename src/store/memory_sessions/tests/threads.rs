//! Many threads at once.

use super::*;

#[test]
fn s43_of_many_threads_one_is_first_and_all_others_get_its_successor() {
    const THREADS: usize = 16;
    for round in 0..50 {
        let sessions = MemorySessions::default();
        let start = Barrier::new(THREADS);
        let outcomes: Vec<(String, Rotated)> = thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|thread| {
                    let (sessions, start) = (&sessions, &start);
                    scope.spawn(move || {
                        let name = format!("successor of thread {thread}");
                        start.wait();
                        let rotated = rotate(sessions, "a", &name, thread as u64);
                        (name, rotated)
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let fresh: Vec<_> = outcomes.iter().filter(|(_, rotated)| *rotated == Rotated::Fresh).collect();
        let [(winner, _)] = fresh[..] else { panic!("round {round}: {} were first", fresh.len()) };
        for (name, rotated) in outcomes.iter().filter(|(name, _)| name != winner) {
            let Rotated::Replay(first) = rotated else { panic!("round {round}, {name}: {rotated:?}") };
            assert_eq!(first.token_id, *winner, "round {round}, {name}");
        }
        assert_eq!(sessions.len(), 2);
    }
}

#[test]
fn s43_of_many_threads_without_a_grace_one_wins() {
    const THREADS: usize = 8;
    let sessions = MemorySessions::default();
    let start = Barrier::new(THREADS);
    let fresh = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (sessions, start) = (&sessions, &start);
                scope.spawn(move || {
                    let name = format!("successor of thread {thread}");
                    let once = Rotation { grace_ends: at(0), ..rotation("a", &name, at(0)) };
                    start.wait();
                    answer(sessions.rotate(once)).unwrap()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).filter(|rotated| *rotated == Rotated::Fresh).count()
    });
    assert_eq!(fresh, 1);
}
