//! Work of many like pieces over threads: each thread takes the next piece when it has done one.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

/// The results of `n` pieces in their order, the same for any number of threads. `make` is what a thread keeps from piece to piece: memory,
/// nothing that a result depends on. Pieces are handed out one by one, so that threads end together but for one piece.
pub(crate) fn spread<M, T: Send>(
    n: usize,
    make: impl Fn() -> M + Sync,
    work: impl Fn(&mut M, usize) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let n_threads = rayon::current_num_threads().min(n);
    let done: Vec<Vec<(usize, T)>> = (0..n_threads)
        .into_par_iter()
        .with_max_len(1)
        .map(|_| {
            let mut memory = None;
            let mut done = Vec::new();
            loop {
                let piece = next.fetch_add(1, Ordering::Relaxed);
                if piece >= n {
                    return done;
                }
                done.push((piece, work(memory.get_or_insert_with(&make), piece)));
            }
        })
        .collect();
    let mut all: Vec<(usize, T)> = done.into_iter().flatten().collect();
    all.sort_unstable_by_key(|(piece, _)| *piece);
    all.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_come_back_in_their_order_once_each() {
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            for n in [0, 1, 2, 100] {
                let made = AtomicUsize::new(0);
                let make = || made.fetch_add(1, Ordering::Relaxed);
                let squares = pool.install(|| spread(n, make, |_, piece| piece * piece));
                assert_eq!(squares, (0..n).map(|piece| piece * piece).collect::<Vec<_>>());
                assert!(made.into_inner() <= threads.min(n));
            }
        }
    }
}
