namespace Shoestring.Tensors.Tests;

/// <summary>Attention within packed documents and its gradients against the definition in double.</summary>
public sealed class DocumentAttentionTests
{
    public static TheoryData<int, int, int, int, int[]> Cases() => new()
    {
        // Channels, heads, KV heads, window, lengths of documents: around tiles of 64 and panels of 16.
        { 8, 1, 1, 0, [1] },
        { 16, 2, 2, 0, [5, 1, 3] },
        { 20, 4, 2, 0, [63, 70] },
        { 64, 3, 1, 0, [65, 129] },
        { 12, 12, 1, 0, [40] },
        { 264, 1, 1, 0, [17, 66] },
        { 16, 2, 1, 1, [30] },
        { 16, 2, 1, 5, [130, 3] },
        { 16, 1, 1, 64, [150] },
        { 16, 1, 1, 70, [200] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Outputs_log_sums_and_gradients_are_those_of_the_definition(int channels, int heads, int kvHeads, int window, int[] lengths)
    {
        Problem problem = new(channels, heads, kvHeads, window, lengths);
        float[] actual = TestTensors.SameEverywhere(problem.Run);
        (double[] outputs, double[] logSums, double[] dq, double[] dk, double[] dv) = problem.Definition();
        int at = 0;
        foreach ((string name, double[] expected, double share) in new[] { ("outputs", outputs, 5e-6), ("log-sums", logSums, 2e-6), ("dq", dq, 2e-5), ("dk", dk, 2e-5), ("dv", dv, 2e-5) })
        {
            TestTensors.ShouldBeNear(actual[at..(at + expected.Length)], expected, share, name);
            at += expected.Length;
        }
    }

    [Fact]
    public void The_definition_s_gradients_are_its_slopes()
    {
        Problem problem = new(3, 4, 2, 4, [5, 2]);
        (_, _, double[] dq, double[] dk, double[] dv) = problem.Definition();
        double Loss(double[] q, double[] k, double[] v) => problem.Forward(q, k, v).Outputs.Select((o, i) => o * problem.DOutputs[i]).Sum();
        double[] q = TestTensors.Doubles(problem.Q), k = TestTensors.Doubles(problem.K), v = TestTensors.Doubles(problem.V);
        Near(dq, TestTensors.Slope(q, moved => Loss(moved, k, v)));
        Near(dk, TestTensors.Slope(k, moved => Loss(q, moved, v)));
        Near(dv, TestTensors.Slope(v, moved => Loss(q, k, moved)));

        static void Near(double[] actual, double[] expected) => actual.Zip(expected).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) < 1e-8);
    }

    [Fact]
    public void A_document_s_result_does_not_depend_on_its_neighbours()
    {
        Problem together = new(16, 2, 1, 0, [40, 90, 20]), alone = together.Only(1);
        using TestTensors tensors = new();
        float[] all = [.. together.Run(tensors)], one = [.. alone.Run(tensors)];
        // Outputs, log-sums, dq, dk, dv, each with its own channels.
        int start = 0, startOne = 0;
        foreach (int width in new[] { 32, 2, 32, 16, 16 })
        {
            all[(start + 40 * width)..(start + 130 * width)].ShouldBe(one[startOne..(startOne + 90 * width)]);
            (start, startOne) = (start + 150 * width, startOne + 90 * width);
        }
    }

    [Fact]
    public void Operations_are_counted_by_what_each_row_sees()
    {
        using TestTensors tensors = new();
        Problem problem = new(8, 4, 2, 3, [5, 2]);
        _ = problem.Run(tensors);
        // Rows of the first document see 1, 2, 3, 3, 3 rows, those of the second 1, 2.
        tensors.Operations.Counters.AttentionFlops.ShouldBe((4L + 10) * 4 * 8 * (12 + 3));
    }

    [Fact]
    public void Scratch_memory_does_not_grow_with_the_length_but_for_one_number_a_row_and_head()
    {
        long Held(int length)
        {
            using TestTensors tensors = new();
            _ = new Problem(16, 2, 1, 0, [length]).Run(tensors);
            return tensors.Account.Current(MemoryKind.Scratch);
        }
        (Held(512) - Held(256)).ShouldBe(256 * 2 * 4);
    }

    [Fact]
    public void The_gradient_of_queries_may_lie_over_them()
    {
        using TestTensors tensors = new();
        Problem problem = new(20, 4, 2, 0, [63, 150]);
        problem.Run(tensors, inPlace: true).ShouldBe(problem.Run(tensors));
    }

    [Fact]
    public void Documents_that_leave_rows_out_are_refused()
    {
        using TestTensors tensors = new();
        Tensor q = tensors.Empty(4, 8), logSums = tensors.Empty(4, 1);
        void Attend(params RowRange[] documents) => tensors.Operations.AttendDocuments(q, q, q, documents, 1, 1, 1, 0, tensors.Empty(4, 8), logSums);
        Should.Throw<ArgumentException>(() => Attend(new RowRange(0, 3)));
        Should.Throw<ArgumentException>(() => Attend(new RowRange(0, 2), new RowRange(3, 1)));
        Should.Throw<ArgumentException>(() => Attend(new RowRange(0, 4), new RowRange(4, 0)));
        Should.Throw<ArgumentException>(() => Attend(new RowRange(0, 5)));
        Attend(new RowRange(0, 2), new RowRange(2, 2));
    }

    /// <summary>Random queries, keys, values and gradients of outputs.</summary>
    sealed class Problem(int channels, int heads, int kvHeads, int window, int[] lengths)
    {
        readonly int rows = lengths.Sum();

        public float[] Q { get; private init; } = TestWeights.Normal(lengths.Sum() * heads * channels, 1);

        public float[] K { get; private init; } = TestWeights.Normal(lengths.Sum() * kvHeads * channels, 2);

        public float[] V { get; private init; } = TestWeights.Normal(lengths.Sum() * kvHeads * channels, 3);

        public float[] DOutputs { get; private init; } = TestWeights.Normal(lengths.Sum() * heads * channels, 4);

        float Scale => 1 / MathF.Sqrt(channels);

        RowRange[] Documents => [.. lengths.Select((length, i) => new RowRange(lengths[..i].Sum(), length))];

        /// <summary>One of the documents by itself.</summary>
        public Problem Only(int document)
        {
            RowRange range = Documents[document];
            float[] Part(float[] values, int width) => values[(range.First * width)..(range.End * width)];
            return new Problem(channels, heads, kvHeads, window, [range.Count])
            {
                Q = Part(Q, heads * channels),
                K = Part(K, kvHeads * channels),
                V = Part(V, kvHeads * channels),
                DOutputs = Part(DOutputs, heads * channels),
            };
        }

        /// <summary>Outputs, log-sums, dq, dk and dv, one after the other.</summary>
        public IEnumerable<float> Run(TestTensors tensors) => Run(tensors, inPlace: false);

        public IEnumerable<float> Run(TestTensors tensors, bool inPlace)
        {
            // Queries and outputs as parts of wider rows.
            Tensor q = tensors.Of(Q, rows, heads * channels + 9), k = tensors.Of(K, rows), v = tensors.Of(V, rows), dy = tensors.Of(DOutputs, rows);
            Tensor y = tensors.Empty(rows, heads * channels, heads * channels + 5), logSums = tensors.Empty(rows, heads);
            // Gradients are written whatever was there.
            Tensor dq = inPlace ? q : tensors.Normal(rows, heads * channels, 5), dk = tensors.Normal(rows, kvHeads * channels, 6), dv = tensors.Normal(rows, kvHeads * channels, 7);
            tensors.Operations.AttendDocuments(q, k, v, Documents, heads, kvHeads, Scale, window, y, logSums);
            tensors.Operations.AttendDocumentsBackward(q, k, v, y, logSums, dy, Documents, heads, kvHeads, Scale, window, dq, dk, dv);
            return [.. TestTensors.Values(y), .. TestTensors.Values(logSums), .. TestTensors.Values(dq), .. TestTensors.Values(dk), .. TestTensors.Values(dv)];
        }

        public (double[] Outputs, double[] LogSums, double[][] Weights) Forward(double[] q, double[] k, double[] v)
        {
            double[] outputs = new double[rows * heads * channels], logSums = new double[rows * heads];
            double[][] weights = new double[rows * heads][];
            Each((row, head, first) =>
            {
                double[] scores = [.. Enumerable.Range(first, row - first + 1).Select(p => Scale * Enumerable.Range(0, channels).Sum(c => q[At(row, head) + c] * k[Key(p, head) + c]))];
                double largest = scores.Max(), total = scores.Sum(s => Math.Exp(s - largest));
                logSums[row * heads + head] = largest + Math.Log(total);
                double[] p = weights[row * heads + head] = [.. scores.Select(s => Math.Exp(s - largest) / total)];
                for (int c = 0; c < channels; c++)
                {
                    outputs[At(row, head) + c] = p.Select((weight, i) => weight * v[Key(first + i, head) + c]).Sum();
                }
            });
            return (outputs, logSums, weights);
        }

        public (double[] Outputs, double[] LogSums, double[] Dq, double[] Dk, double[] Dv) Definition()
        {
            double[] q = TestTensors.Doubles(Q), k = TestTensors.Doubles(K), v = TestTensors.Doubles(V);
            (double[] outputs, double[] logSums, double[][] weights) = Forward(q, k, v);
            double[] dq = new double[q.Length], dk = new double[k.Length], dv = new double[v.Length];
            Each((row, head, first) =>
            {
                int at = At(row, head);
                double[] p = weights[row * heads + head];
                double delta = Enumerable.Range(0, channels).Sum(c => DOutputs[at + c] * outputs[at + c]);
                for (int i = 0; i < p.Length; i++)
                {
                    int key = Key(first + i, head);
                    double ds = Scale * p[i] * (Enumerable.Range(0, channels).Sum(c => DOutputs[at + c] * v[key + c]) - delta);
                    for (int c = 0; c < channels; c++)
                    {
                        dq[at + c] += ds * k[key + c];
                        dk[key + c] += ds * q[at + c];
                        dv[key + c] += p[i] * DOutputs[at + c];
                    }
                }
            });
            return (outputs, logSums, dq, dk, dv);
        }

        int At(int row, int head) => (row * heads + head) * channels;

        int Key(int row, int head) => (row * kvHeads + head / (heads / kvHeads)) * channels;

        /// <summary>Every row and head with the first row that it sees.</summary>
        void Each(Action<int, int, int> action)
        {
            foreach (RowRange document in Documents)
            {
                for (int row = document.First; row < document.End; row++)
                {
                    for (int head = 0; head < heads; head++)
                    {
                        action(row, head, window > 0 ? Math.Max(document.First, row - window + 1) : document.First);
                    }
                }
            }
        }
    }
}
