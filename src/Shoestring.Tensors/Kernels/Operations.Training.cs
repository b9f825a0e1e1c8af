namespace Shoestring.Tensors;

// What training asks for beside inference: gradients of each operation, attention within packed documents, the loss. A gradient
// is named as the thing it belongs to with a d before it: dy is what comes from above, dx what goes below.
public sealed unsafe partial class Operations
{
    readonly PanelWork panelWork = new();
    readonly PanelProductWork panelProduct;
    readonly WeightGradientWork weightGradient;
    readonly DocumentAttentionWork documentAttention;
    readonly DocumentAttentionBackwardWork documentAttentionBackward;
    readonly ColumnSumWork<ColumnValue> sumRows = new();
    readonly NormBackwardWork normBackward = new();
    readonly GateBackwardWork gateBackward = new();
    readonly ElementwiseWork<GeluTanhBackward> geluBackward = new();
    readonly CrossEntropyWork crossEntropy = new();
    readonly DistillationWork distillation = new();
    readonly EmbedBackwardWork embedBackward = new();
    readonly SquaresWork squares = new();
    NativeBuffer? trainingScratch;

    /// <summary>y = x·Wᵀ of many rows: the groups of weights of F32 are panels as they lie.</summary>
    void MultiplyLarge(Tensor x, ReadOnlySpan<Product> products)
    {
        float* scratch = (float*)Grow(ref trainingScratch, ScratchNeed.Product(x.Rows, x.Columns, [TensorFormat.F32], pool.Threads).Panels);
        foreach (Product product in products)
        {
            PackedMatrix weights = product.Weights;
            PanelSource source = new((nint)weights.Group(0), weights.Layout.GroupBytes / sizeof(float), PanelWork.PanelFloats);
            pool.Run(panelProduct, panelProduct.Prepare(x, in source, product.Output, add: false, scratch));
        }
    }

    /// <summary>dx (+)= dy·W, the gradient of y = x·Wᵀ for its input. Weights of any format are decoded tile by tile.</summary>
    /// <param name="dy"><c>[row, outputs]</c></param>
    /// <param name="weights"><c>[outputs, inputs]</c></param>
    /// <param name="dx"><c>[row, inputs]</c></param>
    /// <param name="add">Whether dx is added to.</param>
    /// <exception cref="ArgumentException">Shapes do not agree.</exception>
    public void MultiplyInput(Tensor dy, PackedMatrix weights, Tensor dx, bool add)
    {
        if (dy.Columns != weights.Rows || dx.Columns != weights.Columns || dx.Rows != dy.Rows)
        {
            throw new ArgumentException($"multiply input: dy [{dy.Rows}, {dy.Columns}] with weights [{weights.Rows}, {weights.Columns}] into [{dx.Rows}, {dx.Columns}]", nameof(dx));
        }
        Counters.CountProduct(weights, dy.Rows);
        long tileFloats = ScratchNeed.TileFloats(weights.Columns);
        int atOnce = ScratchNeed.TilesAtOnce(weights.Rows, weights.Columns);
        float* panels = (float*)Grow(ref trainingScratch, ScratchNeed.InputGradient(weights.Rows, weights.Columns, pool.Threads).Panels);
        PanelSource source = new((nint)panels, PanelWork.PanelFloats, tileFloats);
        for (int first = 0; first < dy.Columns; first += atOnce * Tile.Channels)
        {
            int steps = Math.Min(atOnce * Tile.Channels, dy.Columns - first);
            panelWork.Run(pool, weights, first / PackedLayout.GroupRows, (steps + PackedLayout.GroupRows - 1) / PackedLayout.GroupRows, panels, matMulScratch);
            pool.Run(panelProduct, panelProduct.Prepare(dy.Channels(first, steps), in source, dx, add || first > 0, panels + atOnce * tileFloats));
        }
    }

    /// <summary>gradient (+)= dyᵀ·x, the gradient of y = x·Wᵀ for its weights; rows are added in their order.</summary>
    /// <param name="x"><c>[row, inputs]</c></param>
    /// <param name="dy"><c>[row, outputs]</c></param>
    /// <param name="gradient"><c>[outputs, inputs]</c>, of F32.</param>
    /// <param name="add">Whether the gradient is added to.</param>
    /// <exception cref="ArgumentException">Shapes do not agree, or the gradient is not of F32.</exception>
    public void MultiplyWeight(Tensor x, Tensor dy, PackedMatrix gradient, bool add)
    {
        if (x.Rows != dy.Rows || gradient.Rows != dy.Columns || gradient.Columns != x.Columns || gradient.Format != TensorFormat.F32)
        {
            throw new ArgumentException($"multiply weight: dy [{dy.Rows}, {dy.Columns}] with x [{x.Rows}, {x.Columns}] into {gradient.Format} [{gradient.Rows}, {gradient.Columns}]", nameof(gradient));
        }
        Counters.CountWeightGradient(gradient, x.Rows);
        float* scratch = (float*)Grow(ref trainingScratch, ScratchNeed.WeightGradient(x.Rows, dy.Columns, x.Columns).Panels);
        weightGradient.Run(pool, x, dy, gradient, add, scratch);
    }

    /// <summary>gradient (+)= Σ over rows of dy: the gradient of a bias. <paramref name="gradient"/>: <c>[1, channel]</c></summary>
    /// <exception cref="ArgumentException">Shapes do not agree.</exception>
    public void SumRows(Tensor dy, Tensor gradient, bool add)
    {
        if (gradient.Columns != dy.Columns)
        {
            throw new ArgumentException($"sum rows: dy [{dy.Rows}, {dy.Columns}] into [{gradient.Rows}, {gradient.Columns}]", nameof(gradient));
        }
        sumRows.Run(pool, dy, dy, gradient, add);
    }

    /// <summary>The way back through <see cref="RmsNorm"/>: dx is written or added to and may be dy; the weight's gradient is added to.</summary>
    /// <param name="x">What was normalized. <c>[row, channel]</c></param>
    /// <param name="weight"><c>[1, segment]</c></param>
    /// <param name="epsilon">As in the forward pass.</param>
    /// <param name="dy"><c>[row, channel]</c></param>
    /// <param name="dx"><c>[row, channel]</c></param>
    /// <param name="add">Whether dx is added to.</param>
    /// <param name="weightGradient"><c>[1, segment]</c>; null for a frozen weight.</param>
    /// <exception cref="ArgumentException">Shapes do not agree.</exception>
    public void RmsNormBackward(Tensor x, Tensor weight, float epsilon, Tensor dy, Tensor dx, bool add, Tensor? weightGradient) =>
        NormBackward(x, weight, epsilon, centred: false, dy, dx, add, weightGradient, null);

    /// <summary>The way back through <see cref="LayerNorm"/>: dx is written or added to and may be dy; the other gradients are added to.</summary>
    /// <param name="x">What was normalized. <c>[row, channel]</c></param>
    /// <param name="weight"><c>[1, segment]</c></param>
    /// <param name="epsilon">As in the forward pass.</param>
    /// <param name="dy"><c>[row, channel]</c></param>
    /// <param name="dx"><c>[row, channel]</c></param>
    /// <param name="add">Whether dx is added to.</param>
    /// <param name="weightGradient"><c>[1, segment]</c>; null for a frozen weight.</param>
    /// <param name="biasGradient"><c>[1, segment]</c>; null for a frozen bias or none.</param>
    /// <exception cref="ArgumentException">Shapes do not agree.</exception>
    public void LayerNormBackward(Tensor x, Tensor weight, float epsilon, Tensor dy, Tensor dx, bool add, Tensor? weightGradient, Tensor? biasGradient) =>
        NormBackward(x, weight, epsilon, centred: true, dy, dx, add, weightGradient, biasGradient);

    void NormBackward(Tensor x, Tensor weight, float epsilon, bool centred, Tensor dy, Tensor dx, bool add, Tensor? weightGradient, Tensor? biasGradient)
    {
        RequireSame(x, dy, nameof(dy));
        RequireSame(x, dx, nameof(dx));
        if (x.Columns % weight.Columns != 0 || (weightGradient?.Columns ?? weight.Columns) != weight.Columns || (biasGradient?.Columns ?? weight.Columns) != weight.Columns)
        {
            throw new ArgumentException($"norm: rows of {x.Columns} channels, {weight.Columns} weights, gradients of {weightGradient?.Columns} and {biasGradient?.Columns}", nameof(weight));
        }
        float* partials = (float*)Grow(ref trainingScratch, ScratchNeed.NormGradient(weight.Columns).Panels);
        normBackward.Run(pool, x, weight, epsilon, centred, dy, dx, add, weightGradient, biasGradient, partials);
    }

    /// <summary>The way back through <see cref="Rotate"/>, in place: the transposed turn.</summary>
    public void RotateBackward(Tensor dx, Tensor table, int headChannels, RotaryLayout layout) =>
        rotary.Run(pool, dx, table, headChannels, layout, back: true);

    /// <summary>
    /// Causal attention inside each document, without a cache. <paramref name="logSums"/>, ln Σ e^score, is what the way back needs
    /// beside inputs and outputs. A row's result depends on its document alone.
    /// </summary>
    /// <param name="q"><c>[row, head · channel]</c></param>
    /// <param name="k"><c>[row, KV head · channel]</c></param>
    /// <param name="v"><c>[row, KV head · channel]</c></param>
    /// <param name="documents">Ranges that follow each other and cover all rows.</param>
    /// <param name="heads">Query heads, a multiple of <paramref name="kvHeads"/>.</param>
    /// <param name="kvHeads">Key and value heads.</param>
    /// <param name="scale">Factor of the scores, above 0, usually 1/√channels.</param>
    /// <param name="window">How many positions a row sees, itself included; 0 for all.</param>
    /// <param name="outputs"><c>[row, head · channel]</c></param>
    /// <param name="logSums"><c>[row, head]</c></param>
    /// <exception cref="ArgumentException">Shapes do not agree, the scale is not above 0, or documents do not cover the rows.</exception>
    public void AttendDocuments(Tensor q, Tensor k, Tensor v, ReadOnlySpan<RowRange> documents, int heads, int kvHeads, float scale, int window, Tensor outputs, Tensor logSums)
    {
        DocumentShape shape = ShapeOf(q, k, v, documents, heads, kvHeads, scale, window, logSums);
        RequireSame(q, outputs, nameof(outputs));
        Counters.CountDocuments(documents, heads, shape.Channels, window, perPair: 4);
        long workerFloats = DocumentAttentionWork.ScratchFloats(shape);
        Grow(ref trainingScratch, pool.Threads * workerFloats * sizeof(float));
        pool.Run(documentAttention, documentAttention.Prepare(q, k, v, documents, shape, outputs, logSums, trainingScratch!, workerFloats));
    }

    /// <summary>The way back through <see cref="AttendDocuments"/>; gradients are written, not added, and that of queries may lie over them.</summary>
    /// <param name="q"><c>[row, head · channel]</c></param>
    /// <param name="k"><c>[row, KV head · channel]</c></param>
    /// <param name="v"><c>[row, KV head · channel]</c></param>
    /// <param name="outputs">What the forward pass gave. <c>[row, head · channel]</c></param>
    /// <param name="logSums">What it left. <c>[row, head]</c></param>
    /// <param name="dOutputs"><c>[row, head · channel]</c></param>
    /// <param name="documents">Ranges that follow each other and cover all rows.</param>
    /// <param name="heads">Query heads, a multiple of <paramref name="kvHeads"/>.</param>
    /// <param name="kvHeads">Key and value heads.</param>
    /// <param name="scale">Factor of the scores.</param>
    /// <param name="window">How many positions a row sees, itself included; 0 for all.</param>
    /// <param name="dq"><c>[row, head · channel]</c></param>
    /// <param name="dk"><c>[row, KV head · channel]</c></param>
    /// <param name="dv"><c>[row, KV head · channel]</c></param>
    /// <exception cref="ArgumentException">Shapes do not agree, the scale is not above 0, or documents do not cover the rows.</exception>
    public void AttendDocumentsBackward(Tensor q, Tensor k, Tensor v, Tensor outputs, Tensor logSums, Tensor dOutputs, ReadOnlySpan<RowRange> documents, int heads, int kvHeads, float scale, int window, Tensor dq, Tensor dk, Tensor dv)
    {
        DocumentShape shape = ShapeOf(q, k, v, documents, heads, kvHeads, scale, window, logSums);
        RequireSame(q, outputs, nameof(outputs));
        RequireSame(q, dOutputs, nameof(dOutputs));
        RequireSame(q, dq, nameof(dq));
        RequireSame(k, dk, nameof(dk));
        RequireSame(v, dv, nameof(dv));
        Counters.CountDocuments(documents, heads, shape.Channels, window, perPair: 10);
        Grow(ref trainingScratch, ScratchNeed.BackwardFloats(q.Rows, shape, pool.Threads) * sizeof(float));
        AttentionGradients tensors = new(q, k, v, outputs, logSums, dOutputs, dq, dk, dv);
        documentAttentionBackward.Run(pool, in tensors, documents, shape, trainingScratch!);
    }

    static DocumentShape ShapeOf(Tensor q, Tensor k, Tensor v, ReadOnlySpan<RowRange> documents, int heads, int kvHeads, float scale, int window, Tensor logSums)
    {
        int channels = q.Columns / Math.Max(1, heads), next = 0;
        if (heads < 1 || kvHeads < 1 || !(scale > 0) || heads % kvHeads != 0 || q.Columns != heads * channels || k.Columns != kvHeads * channels || v.Columns != k.Columns
            || k.Rows != q.Rows || v.Rows != q.Rows || logSums.Rows != q.Rows || logSums.Columns != heads)
        {
            throw new ArgumentException($"attention: {heads} heads, {kvHeads} KV heads, scale {scale}, q [{q.Rows}, {q.Columns}], k [{k.Rows}, {k.Columns}], v [{v.Rows}, {v.Columns}], log-sums [{logSums.Rows}, {logSums.Columns}]", nameof(q));
        }
        foreach (RowRange document in documents)
        {
            if (document.First != next || document.Count < 1)
            {
                throw new ArgumentException($"attention: a document of {document.Count} rows begins at row {document.First}, the one before it ends at {next}", nameof(documents));
            }
            next = document.End;
        }
        if (next != q.Rows)
        {
            throw new ArgumentException($"attention: documents of {next} rows in a batch of {q.Rows}", nameof(documents));
        }
        return new DocumentShape(heads, kvHeads, channels, scale, window);
    }

    /// <summary>The way back through <see cref="SiluMultiply"/>; gradients are written and may lie over the inputs.</summary>
    /// <exception cref="ArgumentException">Shapes do not agree.</exception>
    public void SiluMultiplyBackward(Tensor gate, Tensor up, Tensor dy, Tensor dGate, Tensor dUp)
    {
        RequireSame(gate, up, nameof(up));
        RequireSame(gate, dy, nameof(dy));
        RequireSame(gate, dGate, nameof(dGate));
        RequireSame(gate, dUp, nameof(dUp));
        gateBackward.Run(pool, gate, up, dy, dGate, dUp);
    }

    /// <summary>The way back through <see cref="Gelu"/>; dx is written and may be x or dy.</summary>
    /// <exception cref="ArgumentException">Shapes do not agree.</exception>
    public void GeluBackward(Tensor x, Tensor dy, Tensor dx)
    {
        RequireSame(x, dy, nameof(dy));
        RequireSame(x, dx, nameof(dx));
        geluBackward.Run(pool, x, dy, dx);
    }

    /// <summary>
    /// Σ weight · (ln Σ e^logit − logit[target]) over rows, in nats, in double and in the order of the rows. With
    /// <paramref name="gradient"/>, the logits become <paramref name="scale"/> · weight · (softmax − onehot) in place.
    /// </summary>
    /// <param name="logits"><c>[row, token]</c></param>
    /// <param name="targets">The right token of each row; of a row without weight it is not looked at. <c>[row]</c></param>
    /// <param name="weights">Each row's part in the loss; a row of 0 counts for nothing and gets a gradient of 0. <c>[row]</c></param>
    /// <param name="scale">Factor of the gradient alone, such as 1 / Σ weights.</param>
    /// <param name="gradient">Whether the gradient is wanted.</param>
    /// <exception cref="ArgumentException">There is not one target and one weight for each row.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The target of a row that counts is not a token.</exception>
    public double CrossEntropy(Tensor logits, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights, float scale, bool gradient)
    {
        if (targets.Length != logits.Rows || weights.Length != logits.Rows)
        {
            throw new ArgumentException($"cross-entropy: {targets.Length} targets and {weights.Length} weights for {logits.Rows} rows", nameof(targets));
        }
        return crossEntropy.Run(pool, logits, targets, weights, scale, gradient);
    }

    /// <summary>
    /// Σ weight · ((1 − α) · cross-entropy + α · T² · KL) over rows, in nats, between a student's logits and a teacher's. With
    /// <paramref name="gradient"/>, the student's logits become its gradient, times <paramref name="scale"/>, in place.
    /// </summary>
    /// <param name="student"><c>[row, token]</c></param>
    /// <param name="teacher"><c>[row, token]</c></param>
    /// <param name="targets">The right token of each row; of a row without weight it is not looked at. <c>[row]</c></param>
    /// <param name="weights">Each row's part in the loss; a row of 0 counts for nothing and gets a gradient of 0. <c>[row]</c></param>
    /// <param name="how">Temperature, α and direction.</param>
    /// <param name="scale">Factor of the gradient alone.</param>
    /// <param name="gradient">Whether the gradient is wanted.</param>
    /// <exception cref="ArgumentException">Shapes do not agree.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The target of a row that counts is not a token; the temperature is not above 0, or α not within 0 and 1.</exception>
    public double Distill(Tensor student, Tensor teacher, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights, SoftTargets how, float scale, bool gradient)
    {
        RequireSame(student, teacher, nameof(teacher));
        if (targets.Length != student.Rows || weights.Length != student.Rows)
        {
            throw new ArgumentException($"distill: {targets.Length} targets and {weights.Length} weights for {student.Rows} rows", nameof(targets));
        }
        if (!(how.Temperature > 0) || !(how.Alpha is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(how), how, "a temperature above 0 and an alpha from 0 to 1");
        }
        return distillation.Run(pool, student, teacher, targets, weights, how, scale, gradient);
    }

    /// <summary>The way back through <see cref="Embed"/>: adds each row of dy to its token's row of the gradient, in the order of the rows.</summary>
    /// <param name="tokens"><c>[row]</c></param>
    /// <param name="dy"><c>[row, channel]</c></param>
    /// <param name="gradient"><c>[token, channel]</c>, of F32.</param>
    /// <exception cref="ArgumentException">Shapes do not agree, or the gradient is not of F32.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A token is not in the table.</exception>
    public void EmbedBackward(ReadOnlySpan<int> tokens, Tensor dy, PackedMatrix gradient)
    {
        if (tokens.Length != dy.Rows || dy.Columns != gradient.Columns || gradient.Format != TensorFormat.F32)
        {
            throw new ArgumentException($"embed: {tokens.Length} tokens with dy [{dy.Rows}, {dy.Columns}] into {gradient.Format} [{gradient.Rows}, {gradient.Columns}]", nameof(gradient));
        }
        embedBackward.Run(pool, tokens, dy, gradient);
    }

    /// <summary>Σ x² over a matrix of F32, in double; padding is zero and adds nothing.</summary>
    /// <exception cref="InvalidOperationException">The matrix is of another format.</exception>
    public double SumOfSquares(PackedMatrix matrix)
    {
        matrix.RequireFloats();
        return squares.Sum(pool, (float*)matrix.Group(0), matrix.ValueCount);
    }

    /// <summary>Σ x², in double.</summary>
    public double SumOfSquares(Tensor x)
    {
        if (x.Stride == x.Columns)
        {
            return squares.Sum(pool, x.Pointer, (long)x.Rows * x.Columns);
        }
        double sum = 0;
        for (int row = 0; row < x.Rows; row++)
        {
            sum += squares.Sum(pool, x.RowPointer(row), x.Columns);
        }
        return sum;
    }

    /// <summary>x ·= factor, for a matrix of F32.</summary>
    /// <exception cref="InvalidOperationException">The matrix is of another format.</exception>
    public void Scale(PackedMatrix matrix, float factor)
    {
        matrix.RequireFloats();
        squares.Scale(pool, (float*)matrix.Group(0), matrix.ValueCount, factor);
    }

    /// <summary>x ·= factor.</summary>
    public void Scale(Tensor x, float factor)
    {
        if (x.Stride == x.Columns)
        {
            squares.Scale(pool, x.Pointer, (long)x.Rows * x.Columns, factor);
            return;
        }
        for (int row = 0; row < x.Rows; row++)
        {
            squares.Scale(pool, x.RowPointer(row), x.Columns, factor);
        }
    }

    static void RequireSame(Tensor expected, Tensor got, string name)
    {
        if (expected.Rows != got.Rows || expected.Columns != got.Columns)
        {
            throw new ArgumentException($"{name} is [{got.Rows}, {got.Columns}], expected [{expected.Rows}, {expected.Columns}]", name);
        }
    }
}
