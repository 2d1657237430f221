//! How many connections are busy at the peak: Little's law.

use super::client::{Client, Opener};
use super::demand::{Clients, Quiet};
use super::waves::Rolling;
use crate::model::{Model, Requirement};
use crate::quantity::Ratio;

/// Part of a pool that may be busy when no policy says otherwise.
///
/// Erlang C for ten connections held 20 ms: at 70 % a request waits 1.5 ms, at 90 % 13 ms, at 98 % 93 ms.
const UTILIZATION_DEFAULT: Ratio = Ratio::percent(80);

const MILLION: u128 = 1_000_000;
const MICROS_PER_HOUR: u128 = 3_600 * MILLION;

/// The connections of one client at the peak, all instances together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// Busy ones, in millionths.
    pub busy: u64,
    /// Pools, outside a rollout and with every replica.
    pub pools: u64,
    /// Connections of each pool, overflow included.
    pub pool: u64,
    /// Part that may be busy.
    pub allowed: Ratio,
}

impl Busy {
    /// All connections.
    #[must_use]
    pub const fn all(&self) -> u64 {
        self.pools.saturating_mul(self.pool)
    }

    /// Whether more are busy than may be.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let allowed = u128::from(self.all()) * u128::from(self.allowed.in_millionths());
        allowed < u128::from(self.busy)
    }

    /// The smallest pool of which no more than allowed is busy.
    #[must_use]
    pub fn enough(&self) -> u64 {
        let allowed = u128::from(self.pools.max(1)) * u128::from(self.allowed.in_millionths().max(1));
        u64::try_from(u128::from(self.busy).div_ceil(allowed)).unwrap_or(u64::MAX)
    }
}

impl<'m> Clients<'m> {
    /// At the peak, with every replica and outside a rollout; `None` where peak, hold or pool are not known.
    #[must_use]
    pub fn busy(&self, client: &Client<'m>) -> Option<Busy> {
        let peak = client.workload.load.peak.as_ref()?.value;
        let hold = client.uses.hold.as_ref()?.value;
        if client.opener != Opener::Main || client.workload.is_job() {
            return None;
        }
        let demand = self.client_demand(client, &Rolling::default(), Quiet::AtMost)?;
        let each_hour =
            u128::from(peak.in_millionths_per_hour()) * u128::from(client.uses.per_request.in_millionths()) / MILLION;
        let busy = each_hour.saturating_mul(u128::from(hold.in_micros())) / MICROS_PER_HOUR;
        Some(Busy {
            busy: u64::try_from(busy).unwrap_or(u64::MAX),
            pools: demand.live.count.saturating_mul(demand.pools),
            pool: demand.pool,
            allowed: allowed(self.model),
        })
    }
}

/// What the policies allow.
fn allowed(model: &Model) -> Ratio {
    let required = model.required(Requirement::PoolUtilization);
    required
        .and_then(|required| required.value.as_ref())
        .map_or(UTILIZATION_DEFAULT, |value| value.value)
}
