#!/usr/bin/env python3
"""Writes the oracle files beside this script by calling ggml itself: make.py FOLDER_WITH_LIBGGML

values.f32       the input of all encoders: edge cases, then random values, float32 little-endian
NAME.encoded     those values as ggml_quantize_chunk encodes them without an importance matrix
NAME.blocks      random blocks whose scales are finite
NAME.decoded     what ggml's dequantize_row makes of them, float32 little-endian

Made with llama.cpp v0.5.0 (npm @node-llama-cpp/linux-x64 3.22.1).
"""
import ctypes as C, os, random, struct, sys

# name: number, elements, bytes, offsets of the half-precision scales, decoder
FORMATS = {
    "F16": (1, 1, 2, [0], "ggml_fp16_to_fp32_row"), "BF16": (30, 1, 2, [], "ggml_bf16_to_fp32_row"),
    "Q4_0": (2, 32, 18, [0], "dequantize_row_q4_0"), "Q4_1": (3, 32, 20, [0, 2], "dequantize_row_q4_1"),
    "Q5_0": (6, 32, 22, [0], "dequantize_row_q5_0"), "Q5_1": (7, 32, 24, [0, 2], "dequantize_row_q5_1"),
    "Q8_0": (8, 32, 34, [0], "dequantize_row_q8_0"), "Q2_K": (10, 256, 84, [80, 82], "dequantize_row_q2_K"),
    "Q3_K": (11, 256, 110, [108], "dequantize_row_q3_K"), "Q4_K": (12, 256, 144, [0, 2], "dequantize_row_q4_K"),
    "Q5_K": (13, 256, 176, [0, 2], "dequantize_row_q5_K"), "Q6_K": (14, 256, 210, [208], "dequantize_row_q6_K"),
    "IQ2_XXS": (16, 256, 66, [0], "dequantize_row_iq2_xxs"), "IQ4_NL": (20, 32, 18, [0], "dequantize_row_iq4_nl"),
}
SCALES = [0x0000, 0x8000, 0x0001, 0x83FF, 0x0400, 0x1234, 0x9ABC, 0x3C00, 0x7BFF, 0xFBFF]


def edge_cases(r):
    yield [0.0] * 32
    yield [-0.0] * 32
    yield [0.75] * 32
    yield [-0.3] * 32
    yield [-2.0 if i == 3 else 2.0 if i == 20 else 0.1 * i / 32 for i in range(32)]   # ties of the largest magnitude
    yield [2.0 if i == 3 else -2.0 if i == 20 else 0.1 * i / 32 for i in range(32)]
    yield [127.0] + [i - 15.5 for i in range(31)]                                    # halves at a Q8_0 scale of 1
    yield [-8.0] + [(i - 15) / 2 for i in range(31)]                                 # halves at a Q4_0 scale of 1
    yield [r.choice([-1, 1]) * i * 1e-42 for i in range(32)]                         # subnormal
    yield [r.uniform(-1, 1) * 1e-16 for i in range(32)]                              # below the k-quants' threshold
    yield [r.uniform(-1, 1) * 1e-7 for i in range(32)]                               # subnormal half-precision scales
    yield [r.uniform(-1, 1) * 1e18 for i in range(32)]                               # scales that overflow a half
    yield [r.uniform(-1, 1) * 3e6 for i in range(32)]
    yield [1000.0 if i == 17 else r.gauss(0, 1e-3) for i in range(32)]               # one outlier
    yield [float(i % 2) for i in range(32)]
    yield [-0.0 if i % 2 else 0.0 for i in range(31)] + [1e-3]
    for block in ([0.0] * 256, [0.25] * 256, [-0.25] * 256, [1e-20 * i for i in range(256)], [-0.01 * i for i in range(256)]):
        yield block
    yield [0.0] * 255 + [1.5]


def random_values(r):
    yield [r.gauss(0, 0.02) for i in range(1024)]
    yield [r.gauss(0, 1) ** 3 for i in range(512)]
    yield [3 + r.random() for i in range(256)]
    yield [r.uniform(-1, 0.1) * (1 + i // 32) for i in range(256)]


def blocks(r, size, scales, count):
    for _ in range(count):
        block = bytearray(r.randbytes(size))
        for offset in scales:
            struct.pack_into("<H", block, offset, r.choice(SCALES))
        yield bytes(block)


def write(name, data):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), "wb") as f:
        f.write(data)


def main():
    ggml = C.CDLL(os.path.join(sys.argv[1], "libggml-base.so"))
    ggml.ggml_quantize_chunk.restype = C.c_size_t
    r = random.Random(7)
    values = [v for part in (*edge_cases(r), *random_values(r)) for v in part]
    data = struct.pack(f"<{len(values)}f", *values)
    write("values.f32", data)
    for name, (number, elements, size, scales, decoder) in FORMATS.items():
        if name != "IQ2_XXS":
            out = C.create_string_buffer(len(values) // elements * size)
            ggml.ggml_quantize_chunk(C.c_int(number), data, out, C.c_int64(0), C.c_int64(1), C.c_int64(len(values)), None)
            write(f"{name}.encoded", out.raw)
        count = max(4, 256 // elements)
        raw = b"".join(blocks(r, size, scales, count))
        if name == "BF16":
            raw = b"".join(struct.pack("<H", r.randrange(0x7F80) | r.choice([0, 0x8000])) for _ in range(count))
        out = (C.c_float * (count * elements))()
        getattr(ggml, decoder)(raw, out, C.c_int64(count * elements))
        write(f"{name}.blocks", raw)
        write(f"{name}.decoded", bytes(out))


main()
