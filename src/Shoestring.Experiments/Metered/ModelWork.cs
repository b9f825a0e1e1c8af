using Shoestring.Metering;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Experiments;

/// <summary>What running a model came to, from the counters at kernel entry and from the allocator.</summary>
public static class ModelWork
{
    /// <summary>
    /// What was counted while <paramref name="model"/> ran. Products with quantized weights multiply 8-bit integers; all
    /// others, and attention, widen to 32-bit floats first.
    /// </summary>
    public static Cost Counted(LanguageModel model, WorkCounters counters) => new()
    {
        Operations = Operations(counters),
        WeightBytes = model.Memory.Peak(MemoryKind.Weights),
        KvCacheBytes = model.Memory.Peak(MemoryKind.KvCache),
        ActivationBytes = model.Memory.Peak(MemoryKind.Activations) + model.Memory.Peak(MemoryKind.Scratch),
        StoredBytes = model.FileBytes + model.Adapters.Attached.Sum(one => one.Adapter.Bytes),
        WeightBytesMoved = counters.WeightBytesRead,
        KvCacheBytesMoved = counters.KvBytesRead,
    };

    /// <summary>Operations by the width of what was multiplied.</summary>
    public static OperationCounts Operations(WorkCounters counters)
    {
        double quantized = BlockFormats.All.Where(format => !format.MultipliesFloats()).Sum(format => (double)counters.ProductFlopsOf(format));
        return new OperationCounts(Float32: counters.Flops - quantized, Int8: quantized);
    }
}
