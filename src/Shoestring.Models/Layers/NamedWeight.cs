using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>A weight and its name in GGUF.</summary>
/// <param name="Name">The name; parts of a fused matrix (GPT-2) have the names they would have apart: blk.0.attn_q.weight.</param>
/// <param name="Matrix">The matrix, or null.</param>
/// <param name="Vector">The vector, or null. <c>[1, channel]</c></param>
public readonly record struct NamedWeight(string Name, PackedMatrix? Matrix, Tensor? Vector);
