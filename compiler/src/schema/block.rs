//! The declaration of a block: struct, schema, lowering and display from one text.

/// Declares a block of the language.
///
/// ```text
/// block! {
///     /// Documentation of the block. Behind the keyword, `[group]` if an overlay replaces all of its kind together, or
///     /// `[by function as method]` if several merge by another name than their first value, and are shown by that name.
///     pub struct Uses("uses") [by alias_or_name as Self::name] {
///         head {
///             /// Values on the entry's line, in order; a literal is a keyword before the value.
///             store: Val<Ref<ToClient>>,
///             /// A name of its own for a second pool.
///             "as" alias: Option<Val<Name>>,
///         }
///         /// Settings in braces. The type says how often it stands: `Val<T>` once, with the default given behind
///         /// `=`; `Option<…>` at most once; `Vec<…>` repeatedly. Another block is nested by its struct.
///         pool: Option<Val<Auto<u64>>>,
///         /// `as "for"` where the setting's name is a Rust keyword; `in [...]` limits it to some kinds of block.
///         hold as "for" in ["canary"]: Val<Duration> = Duration::ZERO,
///     }
/// }
/// ```
macro_rules! block {
    (
        $(#[doc = $doc:literal])+
        pub struct $name:ident($keyword:literal) $([$($repeat:tt)+])? {
            $( head {
                $( $(#[doc = $head_doc:literal])+ $($head_keyword:literal)? $head:ident: $head_type:ty $(= $head_default:expr)? ),* $(,)?
            } )?
            $( $(#[doc = $field_doc:literal])+ $field:ident $(as $field_name:literal)? $(in [$($only:literal),+])?: $field_type:ty $(= $default:expr)? ),* $(,)?
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug)]
        pub struct $name {
            /// Where the block is written: its keyword and values.
            pub span: loadline_grammar::Span,
            /// Which settings a block of this kind has, a bit for each in the order of the declaration.
            pub applicable: u64,
            $( $( $(#[doc = $head_doc])+ pub $head: $head_type, )* )?
            $( $(#[doc = $field_doc])+ pub $field: $field_type, )*
        }

        impl $crate::lower::Block for $name {}

        impl $crate::lower::Lower for $name {
            const FORM: $crate::schema::Form = $crate::schema::Form {
                name: $keyword,
                doc: &[$( $doc ),+],
                head: &[$( $(
                    $crate::schema::Slot {
                        keyword: $crate::schema::block!(@optional $($head_keyword)?),
                        name: stringify!($head),
                        kind: <$head_type as $crate::lower::HeadField>::KIND,
                        optional: <$head_type as $crate::lower::HeadField>::OPTIONAL
                            || $crate::schema::block!(@given $($head_default)?),
                        doc: &[$( $head_doc ),+],
                    }
                ),* )?],
                settings: &[$(
                    $crate::schema::Setting {
                        name: $crate::schema::block!(@name $field $($field_name)?),
                        doc: &[$( $field_doc ),+],
                        form: &<$field_type as $crate::lower::FieldForm>::FORM,
                        repeat: <$field_type as $crate::lower::FieldForm>::REPEAT,
                        default: $crate::schema::block!(@shown $field_type $(, $default)?),
                        only: &[$( $($only),+ )?],
                    }
                ),*],
                free_keys: false,
            };

            $crate::schema::block!(@repeat $($($repeat)+)?);

            #[allow(unused_mut, unused_variables, unused_assignments, reason = "a block may have no head or no settings")]
            fn lower_merged(merged: &$crate::lower::Merged<'_>, owner: loadline_grammar::Span, cx: &mut $crate::lower::Cx<'_>) -> Option<Self> {
                const FORM: $crate::schema::Form = <$name as $crate::lower::Lower>::FORM;
                let span = merged.span(owner);
                let mut head = $crate::lower::Head::new(&FORM, merged);
                $( $(
                    let $head: Option<$head_type> = $crate::schema::block!(
                        @head $head_type, head, cx, span, $crate::schema::block!(@optional $($head_keyword)?) $(, $head_default)?
                    );
                )* )?
                head.finish(cx);
                const { assert!(FORM.settings.len() <= 64, "one bit for each setting") };
                let mut reader = $crate::lower::Reader::new(&FORM, merged, span, cx);
                let applicable = reader.applicable();
                let mut index = 0_u16;
                $(
                    let $field: $field_type = $crate::schema::block!(@field $field_type, reader, index, cx $(, $default)?);
                    index += 1;
                )*
                reader.finish(cx);
                Some(Self { span, applicable, $( $( $head: $head?, )* )? $( $field, )* })
            }

            fn span(&self) -> loadline_grammar::Span {
                self.span
            }

            fn shown_identity(&self) -> Option<String> {
                $crate::schema::block!(@identity self $($($repeat)+)?)
            }

            #[allow(unused_variables, unused_mut, unused_assignments, reason = "a block may have no head or no settings")]
            fn walk(&self, to: &mut dyn $crate::lower::Walk) {
                $( $( $crate::lower::HeadField::walk(&self.$head, $crate::schema::block!(@optional $($head_keyword)?), stringify!($head), to); )* )?
                let mut bit = 1_u64;
                $(
                    if self.applicable & bit != 0 {
                        $crate::lower::FieldForm::walk(&self.$field, $crate::schema::block!(@name $field $($field_name)?), to);
                    }
                    bit = bit.wrapping_shl(1);
                )*
            }
        }
    };

    (@optional) => { None };
    (@optional $some:literal) => { Some($some) };
    (@given) => { false };
    (@given $some:expr) => { true };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $name:literal) => { $name };
    (@shown $type:ty) => { None };
    (@shown $type:ty, $default:expr) => {
        Some(|| { let default: <$type as $crate::lower::Defaulted>::Value = $default; $crate::lower::Scalar::show(&default) })
    };
    (@head $type:ty, $head:ident, $cx:ident, $span:ident, $keyword:expr) => {
        <$type as $crate::lower::HeadField>::take(&mut $head, $keyword, $cx)
    };
    (@head $type:ty, $head:ident, $cx:ident, $span:ident, $keyword:expr, $default:expr) => {
        Some(
            <Option<$type> as $crate::lower::HeadField>::take(&mut $head, $keyword, $cx)
                .flatten()
                .unwrap_or_else(|| $crate::lower::Val::by_default($default, $span)),
        )
    };
    (@repeat) => {};
    (@repeat group) => {
        const REPEAT: $crate::schema::Repeat = $crate::schema::Repeat::Group;
    };
    (@identity $self:ident) => { $crate::lower::first_shown($self) };
    (@identity $self:ident group) => { $crate::lower::first_shown($self) };
    (@identity $self:ident by $identity:path as $shown:path) => { Some($shown($self).to_owned()) };
    (@repeat by $identity:path as $shown:path) => {
        fn identity<'e>(entry: &'e loadline_grammar::ast::Entry<'e>) -> Option<&'e str> {
            $identity(entry)
        }
    };
    (@field $type:ty, $reader:ident, $index:ident, $cx:ident) => {
        $reader.field::<$type>($index, $cx)
    };
    (@field $type:ty, $reader:ident, $index:ident, $cx:ident, $default:expr) => {
        match $reader.field::<Option<$type>>($index, $cx) {
            Some(value) => value,
            None => $crate::lower::Val::by_default($default, $reader.span()),
        }
    };
}

pub(crate) use block;
