using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>
/// The same models again, in plain loops over doubles, from the weights as the file's formats decode: what the engine's
/// logits are held against. Products with block formats see their input quantized to 8 bits, 32 channels to a scale, as the
/// kernels do, unless exact inputs are asked for. A value that lies on the border of two integers may fall to either side when
/// it was computed in floats: <see cref="Row"/> says which values those were, and rounds the ones it is told to the other way.
/// </summary>
sealed class ReferenceModel
{
    readonly SmallShape shape;
    readonly bool exact;
    readonly Dictionary<string, (double[] Values, TensorFormat Format)> weights = [];
    readonly Dictionary<int, (List<double[]> Keys, List<double[]> Values)> caches = [];
    readonly List<int> borderline = [];
    IReadOnlySet<int> turned = new HashSet<int>();
    int quantized;

    public ReferenceModel(SmallModel model, bool exact)
    {
        (shape, this.exact) = (model.Shape, exact);
        using GgufFile file = GgufFile.Open(model.Path);
        foreach (TensorEntry entry in file.Tensors)
        {
            byte[] bytes = new byte[entry.Bytes];
            file.Read(entry, 0, bytes);
            float[] values = new float[entry.Shape.Elements];
            entry.Format.Decode(bytes, values);
            weights[entry.Name] = ([.. values.Select(v => (double)v)], entry.Format);
        }
    }

    /// <summary>What the cache drops; positions are then counted within it, and keys rotated by their place in it.</summary>
    public StreamingOptions? Eviction { get; init; }

    /// <summary>What comes behind a linear layer, by its name without ".weight"; null for nothing.</summary>
    public Func<string, double[], double[]>? Behind { get; set; }

    /// <summary>Keys, as they are once turned, and values that a block has at a position instead of its own; null for its own.</summary>
    public Func<int, int, (double[] Key, double[] Value)?>? Learned { get; set; }

    /// <summary>The values of a weight, to be changed in place. <c>[output, input]</c></summary>
    public double[] Weight(string name) => weights[name].Values;

    /// <summary>Logits <c>[row][token]</c> of consecutive tokens from an empty state.</summary>
    public double[][] Logits(int[] tokens) => [.. tokens.Select((token, position) => Row(token, position, new HashSet<int>()).Logits)];

    /// <summary>The logits of the next position, or of the latest one again.</summary>
    /// <param name="token">Its token.</param>
    /// <param name="position">Its position.</param>
    /// <param name="turned">Quantized values, by number, that are rounded the other way.</param>
    /// <returns>The logits, and the numbers of the values on a border.</returns>
    public (double[] Logits, int[] Borderline) Row(int token, int position, IReadOnlySet<int> turned)
    {
        (this.turned, quantized) = (turned, 0);
        borderline.Clear();
        return (Forward(token, position), [.. borderline]);
    }

    double[] Forward(int token, int position)
    {
        double[] x = weights["token_embd.weight"].Values[(token * shape.Width)..((token + 1) * shape.Width)];
        if (shape.IsGpt2)
        {
            x = Sum(x, weights["position_embd.weight"].Values[(position * shape.Width)..((position + 1) * shape.Width)]);
        }
        for (int b = 0; b < shape.Layers; b++)
        {
            double[] mixed = Attention(b, Norm(x, $"blk.{b}.attn_norm"), position);
            x = Sum(Shortcut(x, $"blk.{b}.attn_shortcut"), mixed);
            double[] fed = FeedForward(b, Norm(x, $"blk.{b}.ffn_norm"));
            x = Sum(Shortcut(x, $"blk.{b}.ffn_shortcut"), fed);
        }
        return Linear(See(Norm(x, "output_norm")), shape.Tied ? "token_embd" : "output");
    }

    double[] Shortcut(double[] x, string name) => weights.ContainsKey(name + ".weight") ? Product(See(x), name) : x;

    double[] Attention(int b, double[] x, int position)
    {
        int queries = shape.Heads * shape.HeadChannels, keys = shape.KvHeads * shape.HeadChannels;
        double[] q, k, v;
        Input input = See(x);
        if (shape.IsGpt2)
        {
            double[] all = Linear(input, $"blk.{b}.attn_qkv");
            (q, k, v) = (all[..queries], all[queries..(queries + keys)], all[(queries + keys)..]);
        }
        else
        {
            (q, k, v) = (Linear(input, $"blk.{b}.attn_q"), Linear(input, $"blk.{b}.attn_k"), Linear(input, $"blk.{b}.attn_v"));
            q = Norms(q, $"blk.{b}.attn_q_norm");
            k = Norms(k, $"blk.{b}.attn_k_norm");
        }
        if (!caches.TryGetValue(b, out (List<double[]> Keys, List<double[]> Values) cache))
        {
            caches[b] = cache = ([], []);
        }
        cache.Keys.RemoveRange(position, cache.Keys.Count - position);
        cache.Values.RemoveRange(position, cache.Values.Count - position);
        cache.Keys.Add(k);
        cache.Values.Add(v);
        double[] y = new double[queries];
        (int[] seen, int[] places) = Seen(position);
        List<double[]> turned = [.. seen.Zip(places, (p, place) => Learned?.Invoke(b, p)?.Key ?? Turned(cache.Keys[p], place))], values = [.. seen.Select(p => Learned?.Invoke(b, p)?.Value ?? cache.Values[p])];
        q = Turned(q, places[^1]);
        for (int head = 0; head < shape.Heads; head++)
        {
            Head(head, q, turned, values, y);
        }
        return Linear(See(y), $"blk.{b}.attn_output");
    }

    /// <summary>The positions that a row sees, and their places for rotation.</summary>
    (int[] Seen, int[] Places) Seen(int position)
    {
        bool ownWindow = shape.Window > 0 && shape.Window <= Eviction?.Window;
        if (Eviction is { } kept && !ownWindow && position >= kept.Bound)
        {
            int[] seen = [.. Enumerable.Range(0, kept.Sinks), .. Enumerable.Range(position - kept.Window + 1, kept.Window)];
            return (seen, [.. Enumerable.Range(0, seen.Length)]);
        }
        int first = shape.Window > 0 ? Math.Max(0, position - shape.Window + 1) : 0;
        int[] all = [.. Enumerable.Range(first, position + 1 - first)];
        return (all, all);
    }

    void Head(int head, double[] q, List<double[]> keys, List<double[]> values, double[] y)
    {
        int n = shape.HeadChannels, mine = head * n, theirs = head / (shape.Heads / shape.KvHeads) * n;
        double[] scores = [.. keys.Select(key => Enumerable.Range(0, n).Sum(c => q[mine + c] * key[theirs + c]) / Math.Sqrt(n))];
        double top = scores.Max(), total = scores.Sum(s => Math.Exp(s - top));
        for (int p = 0; p < keys.Count; p++)
        {
            double weight = Math.Exp(scores[p] - top) / total;
            for (int c = 0; c < n; c++)
            {
                y[mine + c] += weight * values[p][theirs + c];
            }
        }
    }

    /// <summary>Norms the heads of queries or keys, where they have norms.</summary>
    double[] Norms(double[] x, string norm) => !weights.ContainsKey(norm + ".weight") ? x
        : [.. Enumerable.Range(0, x.Length / shape.HeadChannels).SelectMany(h => Norm(x[(h * shape.HeadChannels)..((h + 1) * shape.HeadChannels)], norm))];

    /// <summary>Turns the heads of queries or keys.</summary>
    double[] Turned(double[] heads, int position)
    {
        int n = shape.HeadChannels, turned = shape.RotaryChannels;
        double[] x = [.. heads];
        for (int h = 0; h < x.Length && !shape.IsGpt2; h += n)
        {
            double[] head = x[h..(h + n)];
            for (int i = 0; i < turned / 2; i++)
            {
                double angle = position * Math.Pow(shape.RopeBase, -2.0 * i / turned);
                (int a, int b) = ShoestringLayout.Underlying(shape.Architecture) == "llama" ? (2 * i, 2 * i + 1) : (i, i + turned / 2);
                (head[a], head[b]) = (head[a] * Math.Cos(angle) - head[b] * Math.Sin(angle), head[a] * Math.Sin(angle) + head[b] * Math.Cos(angle));
            }
            head.CopyTo(x, h);
        }
        return x;
    }

    double[] FeedForward(int b, double[] x)
    {
        Input input = See(x);
        double[] up = Linear(input, $"blk.{b}.ffn_up");
        if (shape.IsGpt2)
        {
            return Linear(See([.. up.Select(u => 0.5 * u * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (u + 0.044715 * u * u * u))))]), $"blk.{b}.ffn_down");
        }
        double[] gate = Linear(input, $"blk.{b}.ffn_gate");
        return Linear(See([.. gate.Zip(up, (g, u) => g / (1 + Math.Exp(-g)) * u)]), $"blk.{b}.ffn_down");
    }

    double[] Norm(double[] x, string name)
    {
        double[] weight = weights[name + ".weight"].Values;
        if (!shape.IsGpt2)
        {
            double scale = 1 / Math.Sqrt(x.Average(v => v * v) + 1e-6f);
            return [.. x.Select((v, i) => v * scale * weight[i])];
        }
        double mean = x.Average(), factor = 1 / Math.Sqrt(x.Average(v => (v - mean) * (v - mean)) + 1e-5f);
        double[] bias = weights[name + ".bias"].Values;
        return [.. x.Select((v, i) => (v - mean) * factor * weight[i] + bias[i])];
    }

    double[] Linear(Input x, string name)
    {
        double[] y = weights.ContainsKey(name + ".low_rank_in.weight")
            ? Product(See(Product(x, name + ".low_rank_in")), name + ".low_rank_out") : Product(x, name);
        y = weights.TryGetValue(name + ".bias", out (double[] Values, TensorFormat Format) bias) ? Sum(y, bias.Values) : y;
        return Behind?.Invoke(name, y) ?? y;
    }

    double[] Product(Input x, string name)
    {
        (double[] matrix, TensorFormat format) = weights[name + ".weight"];
        double[] seen = exact || format.MultipliesFloats() ? x.Exact : x.Quantized, y = new double[matrix.Length / seen.Length];
        for (int row = 0; row < y.Length; row++)
        {
            double sum = 0;
            for (int k = 0, at = row * seen.Length; k < seen.Length; k++, at++)
            {
                sum += matrix[at] * seen[k];
            }
            y[row] = sum;
        }
        return y;
    }

    /// <summary>An input of products, as it is and as products with block formats see it.</summary>
    sealed record Input(double[] Exact, double[] Quantized);

    Input See(double[] x)
    {
        double[] seen = new double[x.Length];
        for (int b = 0; b < x.Length; b += 32)
        {
            float largest = x.AsSpan(b, 32).ToArray().Max(v => MathF.Abs((float)v)), scale = largest / 127f, inverse = 127f / largest;
            for (int k = b; k < b + 32; k++)
            {
                seen[k] = Rounded(x[k] * inverse) * scale;
            }
        }
        return new Input(x, seen);
    }

    double Rounded(double value)
    {
        // In floats, values of up to 127 that have gone through a few layers are off by less than this.
        const double border = 3e-4;
        int number = quantized++;
        double nearest = Math.Round(value), fraction = value - Math.Floor(value);
        if (Math.Abs(fraction - 0.5) > border)
        {
            return nearest;
        }
        borderline.Add(number);
        return turned.Contains(number) ? Math.Floor(value) + Math.Ceiling(value) - nearest : nearest;
    }

    static double[] Sum(double[] x, double[] y) => [.. x.Zip(y, (a, b) => a + b)];
}
