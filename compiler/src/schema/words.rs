//! Enumerated values.

/// Declares an enumeration whose values are words of the language, each with its documentation.
macro_rules! words {
    (
        $(#[doc = $doc:literal])+
        pub enum $name:ident($kind:literal) {
            $( $(#[doc = $word_doc:literal])+ $variant:ident = $word:literal ),+ $(,)?
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $( $(#[doc = $word_doc])+ $variant ),+
        }

        impl $name {
            /// Every value, in the order of the reference.
            pub const ALL: &'static [Self] = &[$( Self::$variant ),+];

            /// As it is written.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $( Self::$variant => $word ),+ }
            }
        }

        impl $crate::lower::Scalar for $name {
            const KIND: $crate::schema::Kind = $crate::schema::Kind {
                name: $kind,
                example: [$( $word ),+][0],
                words: &[$( ($word, concat!($( $word_doc ),+)) ),+],
                closed: true,
                list: false,
            };

            fn read(
                value: &loadline_grammar::ast::Value<'_>,
                cx: &mut $crate::lower::Cx<'_>,
            ) -> Option<Self> {
                $crate::lower::word(value, &Self::KIND, cx)
                    .and_then(|word| Self::ALL.iter().copied().find(|each| each.word() == word))
            }

            fn show(&self) -> String {
                self.word().to_owned()
            }
        }
    };
}

pub(crate) use words;
