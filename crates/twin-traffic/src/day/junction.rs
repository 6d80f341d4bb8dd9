//! A junction at which not everything fits: who goes first.

/// Approaches and exits of one junction; buffers that are used again.
#[derive(Clone, Debug, Default)]
pub(super) struct Junction {
    n_exits: usize,
    /// Vehicles that want to leave each approach in the step.
    sending: Vec<f64>,
    /// Capacity of each approach, vehicles in the step: its weight where room is scarce.
    capacity: Vec<f64>,
    /// Part of each approach that goes to each exit, row by row; the rest ends here.
    share: Vec<f64>,
    /// Room in each exit, vehicles.
    room: Vec<f64>,
    /// Vehicles that leave each approach.
    flow: Vec<f64>,
    done: Vec<bool>,
}

impl Junction {
    /// Begins a junction with this room in its exits.
    pub(super) fn begin(&mut self, room: impl Iterator<Item = f64>) {
        self.sending.clear();
        self.capacity.clear();
        self.share.clear();
        self.room.clear();
        self.room.extend(room.map(|room| room.max(0.0)));
        self.n_exits = self.room.len();
    }

    /// Adds an approach; the shares of the exits follow.
    pub(super) fn approach(&mut self, sending: f64, capacity: f64, share: impl Iterator<Item = (usize, f64)>) {
        let row = self.share.len();
        self.share.resize(row + self.n_exits, 0.0);
        for (exit, share) in share {
            self.share[row + exit] += share;
        }
        self.sending.push(sending);
        self.capacity.push(capacity);
    }

    /// Vehicles that leave each approach: oriented capacity proportional (Tampère et al. 2011, section 4). Each round settles the
    /// scarcest exit: approaches that want less than their part of it get what they want; if there are none, all get their part.
    pub(super) fn settle(&mut self) -> &[f64] {
        let n = self.sending.len();
        self.flow.clear();
        self.flow.resize(n, 0.0);
        self.done.clear();
        self.done.extend(self.sending.iter().map(|&sending| sending <= 0.0));
        while let Some((exit, level)) = self.scarcest() {
            let wants =
                |junction: &Self, i: usize| !junction.done[i] && junction.share[i * junction.n_exits + exit] > 0.0;
            let mut any = false;
            for i in 0..n {
                if wants(self, i) && self.sending[i] <= level * self.capacity[i] {
                    self.let_go(i, self.sending[i]);
                    any = true;
                }
            }
            if any {
                continue;
            }
            for i in 0..n {
                if wants(self, i) {
                    self.let_go(i, (level * self.capacity[i]).min(self.sending[i]));
                }
            }
        }
        for i in 0..n {
            if !self.done[i] {
                self.flow[i] = self.sending[i];
            }
        }
        &self.flow
    }

    /// The exit with the least room per capacity of those who want into it, and that ratio.
    fn scarcest(&self) -> Option<(usize, f64)> {
        let mut scarcest: Option<(usize, f64)> = None;
        for exit in 0..self.n_exits {
            let wanting: f64 = (0..self.sending.len())
                .filter(|&i| !self.done[i])
                .map(|i| self.capacity[i] * self.share[i * self.n_exits + exit])
                .sum();
            if wanting > 0.0 {
                let level = self.room[exit] / wanting;
                if scarcest.is_none_or(|(_, known)| level < known) {
                    scarcest = Some((exit, level));
                }
            }
        }
        scarcest
    }

    fn let_go(&mut self, i: usize, flow: f64) {
        self.flow[i] = flow;
        self.done[i] = true;
        for exit in 0..self.n_exits {
            let room = &mut self.room[exit];
            *room = (*room - flow * self.share[i * self.n_exits + exit]).max(0.0);
        }
    }
}

#[cfg(test)]
#[expect(clippy::type_complexity, reason = "a case is a tuple of what a junction is given")]
mod tests {
    use super::*;

    fn settle(room: &[f64], approaches: &[(f64, f64, &[(usize, f64)])]) -> Vec<f64> {
        let mut junction = Junction::default();
        junction.begin(room.iter().copied());
        for &(sending, capacity, shares) in approaches {
            junction.approach(sending, capacity, shares.iter().copied());
        }
        junction.settle().to_vec()
    }

    #[test]
    fn what_fits_goes() {
        assert_eq!(settle(&[10.0], &[(4.0, 5.0, &[(0, 1.0)]), (5.0, 5.0, &[(0, 1.0)])]), [4.0, 5.0]);
        assert_eq!(settle(&[0.0], &[(4.0, 5.0, &[])]), [4.0], "who arrives needs no room");
    }

    /// Two approaches of capacity 20 and 10 into room for 12: 8 and 4; what the first does not want the second gets.
    #[test]
    fn room_is_shared_by_capacity_and_not_wasted() {
        assert_eq!(settle(&[12.0], &[(20.0, 20.0, &[(0, 1.0)]), (10.0, 10.0, &[(0, 1.0)])]), [8.0, 4.0]);
        assert_eq!(settle(&[12.0], &[(3.0, 20.0, &[(0, 1.0)]), (10.0, 10.0, &[(0, 1.0)])]), [3.0, 9.0]);
    }

    /// Half of the first approach wants into a full street: all of it is held up, the second is not.
    #[test]
    fn a_full_exit_holds_up_who_stands_behind() {
        assert_eq!(settle(&[0.0, 50.0], &[(10.0, 20.0, &[(0, 0.5), (1, 0.5)]), (7.0, 20.0, &[(1, 1.0)])]), [0.0, 7.0]);
        let found = settle(&[2.0, 50.0], &[(10.0, 20.0, &[(0, 0.5), (1, 0.5)]), (7.0, 20.0, &[(1, 1.0)])]);
        assert!((found[0] - 4.0).abs() < 1e-12 && found[1] == 7.0, "{found:?}");
    }

    /// Four approaches of 1000, 2000, 1000 and 2000 veh/h into exits of the same capacities, by hand: exit 3 is the scarcest (1250 veh/h want
    /// into 1000), the first approach wants less than its part, 850 are left for capacities of 300 and 941.2; then exit 4 has 604.3 left for 600.
    #[test]
    fn four_approaches_by_hand() {
        let sending: [(f64, f64, [f64; 4]); 4] = [
            (500.0, 1000.0, [0.0, 50.0, 150.0, 300.0]),
            (2000.0, 2000.0, [100.0, 0.0, 300.0, 1600.0]),
            (800.0, 1000.0, [100.0, 100.0, 0.0, 600.0]),
            (1700.0, 2000.0, [100.0, 800.0, 800.0, 0.0]),
        ];
        let mut junction = Junction::default();
        junction.begin([1000.0, 2000.0, 1000.0, 2000.0].into_iter());
        for (total, capacity, to) in sending {
            junction.approach(total, capacity, to.into_iter().map(|part| part / total).enumerate());
        }
        let held = 2000.0 * 850.0 / (300.0 + 2000.0 * 800.0 / 1700.0);
        for (found, expected) in junction.settle().iter().zip([500.0, held, 800.0, held]) {
            assert!((found - expected).abs() < 1e-9, "{found} against {expected}");
        }
    }
}
