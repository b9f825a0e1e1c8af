#!/usr/bin/env python3
"""Writes mixes.txt beside this script by letting llama.cpp quantize empty models: make_mixes.py FOLDER

FOLDER holds llama.cpp's shared libraries (v0.5.0, npm @node-llama-cpp/linux-x64 3.22.1). A line
"model ARCHITECTURE LAYERS HEADS KV_HEADS WIDTH FFN VOCABULARY TIED" opens a model, "target NAME" one of its
quantizations, and every other line is "TENSOR TYPE [LAYERS]": the matrices whose type is not the target's usual one, the
blocks' without their "blk.N." and with the layers that have it.
"""
import ctypes as C, os, struct, sys, tempfile

MODELS = [("llama", 24, 8, 8, 256, 512, 64, False), ("llama", 17, 8, 2, 256, 512, 64, True), ("llama", 80, 8, 1, 256, 256, 64, False),
          ("llama", 6, 6, 6, 288, 768, 64, False), ("llama", 5, 8, 4, 64, 172, 64, True), ("gpt2", 12, 8, 8, 256, 1024, 64, False)]
TYPES = {0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 10: "Q2_K", 11: "Q3_K", 12: "Q4_K",
         13: "Q5_K", 14: "Q6_K", 20: "IQ4_NL", 30: "BF16"}
TARGETS = {"F32": 0, "F16": 1, "Q4_0": 2, "Q4_1": 3, "Q8_0": 7, "Q5_0": 8, "Q5_1": 9, "Q2_K": 10, "Q3_K_S": 11, "Q3_K_M": 12,
           "Q3_K_L": 13, "Q4_K_S": 14, "Q4_K_M": 15, "Q5_K_S": 16, "Q5_K_M": 17, "Q6_K": 18, "IQ4_NL": 25, "BF16": 32}


class Parameters(C.Structure):
    _fields_ = [("threads", C.c_int32), ("file_type", C.c_int32), ("other", C.c_byte * 256)]


def text(s):
    return struct.pack("<Q", len(s)) + s.encode()


def tensors(arch, layers, heads, kv, width, ffn, vocabulary, tied):
    """(name, extents); matrices are F16, vectors F32."""
    yield "token_embd.weight", (width, vocabulary)
    if arch == "gpt2":
        yield "position_embd.weight", (width, 32)
    if not tied:
        yield "output.weight", (width, vocabulary)
    yield "output_norm.weight", (width,)
    for i in range(layers):
        b = f"blk.{i}."
        yield b + "attn_norm.weight", (width,)
        if arch == "gpt2":
            yield b + "attn_qkv.weight", (width, 3 * width)
            yield b + "attn_qkv.bias", (3 * width,)
        else:
            yield b + "attn_q.weight", (width, width)
            yield b + "attn_k.weight", (width, width // heads * kv)
            yield b + "attn_v.weight", (width, width // heads * kv)
            yield b + "ffn_gate.weight", (width, ffn)
        yield b + "attn_output.weight", (width, width)
        yield b + "ffn_norm.weight", (width,)
        yield b + "ffn_up.weight", (width, ffn)
        yield b + "ffn_down.weight", (ffn, width)


def write(path, arch, layers, heads, kv, width, ffn, vocabulary, tied):
    numbers = {"block_count": layers, "context_length": 32, "embedding_length": width, "feed_forward_length": ffn,
               "attention.head_count": heads, "attention.head_count_kv": kv, "vocab_size": vocabulary}
    eps = "attention.layer_norm_epsilon" if arch == "gpt2" else "attention.layer_norm_rms_epsilon"
    ts = list(tensors(arch, layers, heads, kv, width, ffn, vocabulary, tied))
    with open(path, "wb") as f:
        f.write(struct.pack("<IIQQ", 0x46554747, 3, len(ts), len(numbers) + 2))
        f.write(text("general.architecture") + struct.pack("<I", 8) + text(arch))
        f.write(text(f"{arch}.{eps}") + struct.pack("<If", 6, 1e-5))
        for k, v in numbers.items():
            f.write(text(f"{arch}.{k}") + struct.pack("<II", 4, v))
        offset = 0
        for name, shape in ts:
            f.write(text(name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *shape))
            f.write(struct.pack("<IQ", len(shape) == 2, offset))
            size = 4 * shape[0] if len(shape) == 1 else 2 * shape[0] * shape[1]
            offset += (size + 31) // 32 * 32
        f.truncate((f.tell() + 31) // 32 * 32 + offset)


def read(path):
    with open(path, "rb") as f:
        _, _, count, keys = struct.unpack("<IIQQ", f.read(24))
        string = lambda: f.read(struct.unpack("<Q", f.read(8))[0]).decode()
        for _ in range(keys):
            string()
            kind, = struct.unpack("<I", f.read(4))
            string() if kind == 8 else f.read(4)
        for _ in range(count):
            name, (rank,) = string(), struct.unpack("<I", f.read(4))
            f.read(8 * rank)
            kind, _ = struct.unpack("<IQ", f.read(12))
            yield name, rank, TYPES[kind]


def unusual(tensors):
    groups = {}
    for name, kind in tensors:
        _, layer, rest = name.split(".", 2) if name.startswith("blk.") else (None, None, name)
        groups.setdefault((rest, kind), []).append(layer)
    return [f"{rest} {kind}" + (" " + ",".join(layers) if layers[0] else "") for (rest, kind), layers in groups.items()]


def main():
    C.CDLL(os.path.join(sys.argv[1], "libggml-base.so"), C.RTLD_GLOBAL)
    C.CDLL(os.path.join(sys.argv[1], "libggml.v0.5.0.so"), C.RTLD_GLOBAL)
    lib = C.CDLL(os.path.join(sys.argv[1], "libllama.v0.5.0.so"))
    lib.llama_model_quantize_default_params.restype = Parameters
    lib.llama_backend_init()
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        source, result = os.path.join(folder, "in.gguf"), os.path.join(folder, "out.gguf")
        for model in MODELS:
            write(source, *model)
            lines.append("model " + " ".join(str(v) for v in model))
            for target, number in TARGETS.items():
                p = lib.llama_model_quantize_default_params()
                p.threads, p.file_type = 1, number
                if lib.llama_model_quantize(source.encode(), result.encode(), C.byref(p)):
                    sys.exit(f"{target} refused")
                lines.append(f"target {target}")
                usual = target[:4] if target[:2] in ("Q2", "Q3", "Q4", "Q5", "Q6") else target
                lines += unusual((n, t) for n, rank, t in read(result) if rank > 1 and t != usual)
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "mixes.txt"), "w") as f:
        f.write("\n".join(lines) + "\n")


main()
