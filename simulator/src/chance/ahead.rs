//! Numbers that are ready before they are asked for.

use super::gap::gap;
use crate::Stream;

/// Where a law takes its one number from.
pub trait Numbers {
    /// The next 64 bits.
    fn bits(&mut self) -> u64;
    /// The exponential gap of mean 1 that the next 64 bits stand for.
    fn gap(&mut self) -> f64;
    /// Leaves the next number out.
    fn skip(&mut self);
}

impl Numbers for Stream {
    #[inline]
    fn bits(&mut self) -> u64 {
        self.draw()
    }

    #[inline]
    fn gap(&mut self) -> f64 {
        gap(self.draw())
    }

    #[inline]
    fn skip(&mut self) {
        Self::skip(self);
    }
}

/// A stream of which the next number, and its gap, are computed already.
///
/// A number takes a chain of some twenty operations each of which waits for the one before; whoever asks for it would wait for all of
/// them. When it is computed one draw early nobody waits, and the processor does it beside other work.
#[derive(Clone, Debug)]
pub(crate) struct Ahead {
    stream: Stream,
    bits: u64,
    gap: f64,
}

impl From<Stream> for Ahead {
    fn from(mut stream: Stream) -> Self {
        let bits = stream.draw();
        Self {
            stream,
            bits,
            gap: gap(bits),
        }
    }
}

impl Numbers for Ahead {
    #[inline]
    fn bits(&mut self) -> u64 {
        let bits = self.bits;
        self.skip();
        bits
    }

    #[inline]
    fn gap(&mut self) -> f64 {
        let gap = self.gap;
        self.skip();
        gap
    }

    #[inline]
    fn skip(&mut self) {
        self.bits = self.stream.draw();
        self.gap = gap(self.bits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    #[test]
    fn is_the_stream() {
        let (mut stream, mut ahead) = (Seed(1).stream(0, 0, "test"), Ahead::from(Seed(1).stream(0, 0, "test")));
        for _ in 0..4 {
            assert_eq!(Numbers::bits(&mut stream), ahead.bits());
            assert_eq!(Numbers::gap(&mut stream).to_bits(), ahead.gap().to_bits());
            Numbers::skip(&mut stream);
            ahead.skip();
        }
    }
}
