//! How fast a lane goes after the server said "too many": cut by factor, regained step by step.

use super::lane::Nanos;

const SECOND: Nanos = 1_000_000_000;
/// Regains a twentieth of the rate it was cut to, each second.
const REGAIN: u128 = 20;

/// The least distance of two slots; none in good times.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    spacing: Nanos,
    /// The spacing just after the last cut.
    cut_to: Nanos,
    last_cut: Option<Nanos>,
}

impl Pace {
    pub(super) fn spacing(&self) -> Nanos {
        self.spacing
    }

    pub(super) fn set_spacing(&mut self, spacing: Nanos) {
        self.spacing = spacing;
    }

    /// The rate falls to seven tenths, at most once a second: a crowd of refusals is one event.
    /// `usual` is the distance of calls before the cut.
    pub(super) fn cut(&mut self, now: Nanos, usual: Nanos) {
        if self
            .last_cut
            .is_some_and(|last| now.saturating_sub(last) < SECOND)
        {
            return;
        }
        self.last_cut = Some(now);
        let usual = usual.clamp(1, SECOND);
        self.spacing = self
            .spacing
            .max(usual)
            .saturating_mul(10)
            .div_euclid(7)
            .min(32 * SECOND);
        self.cut_to = self.spacing;
    }

    /// A slot was handed out: the rate grows by what a twentieth per second makes of this slot's
    /// length. At the `usual` distance the lane is free again; without one it goes on probing.
    pub(super) fn regain(&mut self, usual: Option<Nanos>) {
        if self.spacing == 0 {
            return;
        }
        let (spacing, one) = (u128::from(self.spacing), u128::from(SECOND));
        let whole = REGAIN * u128::from(self.cut_to.max(1)) * one;
        let next = spacing * whole / (whole + spacing.saturating_mul(spacing).max(1));
        self.spacing = Nanos::try_from(next)
            .unwrap_or(self.spacing)
            .min(self.spacing.saturating_sub(1))
            .max(1);
        if usual.is_some_and(|usual| self.spacing <= usual) {
            self.spacing = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_takes_three_tenths_and_comes_back_within_ten_seconds() {
        let mut pace = Pace::default();
        pace.cut(SECOND, SECOND / 10);
        assert_eq!(pace.spacing(), SECOND / 7);
        let mut passed = 0;
        while pace.spacing() > SECOND / 10 {
            passed += pace.spacing();
            pace.regain(None);
        }
        assert!((7..12).contains(&(passed / SECOND)), "{passed}");
    }

    #[test]
    fn a_crowd_of_refusals_is_one_cut_and_many_cuts_stay_bounded() {
        let mut pace = Pace::default();
        for _ in 0..100 {
            pace.cut(5, SECOND / 10);
        }
        assert_eq!(pace.spacing(), SECOND / 7);
        for second in 1..100 {
            pace.cut(5 + second * SECOND, SECOND / 10);
        }
        assert_eq!(pace.spacing(), 32 * SECOND);
    }

    #[test]
    fn with_a_known_window_the_lane_is_free_again_and_numbers_never_run_over() {
        let mut pace = Pace::default();
        pace.cut(1, 1000);
        for _ in 0..100_000_000_u32 {
            if pace.spacing() == 0 {
                break;
            }
            pace.regain(Some(1000));
        }
        assert_eq!(pace.spacing(), 0);
        pace.cut(u64::MAX, u64::MAX);
        pace.regain(None);
        pace.regain(Some(u64::MAX));
        assert_eq!(pace.spacing(), 0);
    }
}
