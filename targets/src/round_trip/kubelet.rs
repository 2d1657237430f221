//! What the kubelet makes of `$(NAME)`.

/// `Expand` and `tryReadVariableName` of kubernetes/third_party/forked/golang/expansion, which work on bytes. Used for
/// `env`, `command`, `args` and the commands of probes. A variable that is not known stays as it is written
/// (`MappingFuncFor`).
pub(crate) fn expanded(input: &[u8], variable: &dyn Fn(&[u8]) -> Option<Vec<u8>>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&byte) = input.get(at) {
        at += 1;
        let next = input.get(at).copied();
        let (b'$', Some(next)) = (byte, next) else {
            out.push(byte);
            continue;
        };
        at += 1;
        match next {
            b'$' => out.push(b'$'),
            b'(' => match input[at..].iter().position(|&byte| byte == b')') {
                Some(length) => {
                    let name = &input[at..at + length];
                    at += length + 1;
                    let written = || [b"$(", name, b")"].concat();
                    out.extend(variable(name).unwrap_or_else(written));
                }
                None => out.extend_from_slice(b"$("),
            },
            // `string(input[0])`: a byte becomes the character of that number.
            other => {
                out.push(b'$');
                out.extend_from_slice(char::from(other).encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }
    out
}
