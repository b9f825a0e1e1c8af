namespace Shoestring.Survey;

/// <summary>
/// Multinomial logistic regression with a Gaussian prior, minimised by L-BFGS (Nocedal and Wright, Numerical Optimization, algorithm 7.4).
/// The loss is convex, the start is given and sums run in one order: the same papers give the same weights.
/// </summary>
sealed class SoftmaxRegression
{
    const int Iterations = 120;
    const int Memory = 8;
    const double Enough = 1e-5;
    const double Decrease = 1e-4;

    readonly int classes;
    readonly int features;
    readonly double[] weights;

    SoftmaxRegression(int classes, int features, double[] weights)
    {
        this.classes = classes;
        this.features = features;
        this.weights = weights;
    }

    /// <summary>Fits the weights.</summary>
    /// <param name="rows">[example].</param>
    /// <param name="labels">[example] the class.</param>
    /// <param name="classes">How many classes there are.</param>
    /// <param name="features">How many features there are.</param>
    /// <param name="penalty">λ in λ/2·‖w‖² beside the mean loss.</param>
    /// <param name="balance">0 counts every example alike, 1 every class alike.</param>
    /// <param name="expected">Weights that are expected before any example is seen: the penalty is on the distance from them; of the others, from 0.</param>
    public static SoftmaxRegression Fit(
        IReadOnlyList<SparseVector> rows, IReadOnlyList<int> labels, int classes, int features, double penalty, double balance, IEnumerable<(int Label, int Feature, double Weight)>? expected = null)
    {
        double[] centre = new double[classes * (features + 1)];
        foreach ((int label, int feature, double weight) in expected ?? [])
        {
            centre[(label * (features + 1)) + feature] = weight;
        }

        var problem = new Problem(rows, labels, classes, features, penalty, balance, centre);
        return new SoftmaxRegression(classes, features, Minimise(problem));
    }

    /// <summary>[class] the scores before softmax.</summary>
    public double[] Scores(SparseVector row) => Problem.Scores(weights, row, classes, features);

    /// <summary>What one feature adds to the score of a class.</summary>
    public double Weight(int label, int feature) => weights[(label * (features + 1)) + feature];

    static double[] Minimise(Problem problem)
    {
        double[] x = problem.Start();
        (double value, double[] gradient) = problem.At(x);
        var history = new List<(double[] Step, double[] Change, double Scale)>();
        for (int iteration = 0; iteration < Iterations && Norm(gradient) > Enough; iteration++)
        {
            double[] direction = Direction(gradient, history);
            (double[] next, double nextValue, double[] nextGradient) = Search(problem, x, value, gradient, direction, history.Count == 0);
            if (nextValue >= value)
            {
                break;
            }

            double[] step = Minus(next, x);
            double[] change = Minus(nextGradient, gradient);
            if (Dot(step, change) is var curvature and > 1e-12)
            {
                history.Add((step, change, 1 / curvature));
                if (history.Count > Memory)
                {
                    history.RemoveAt(0);
                }
            }

            (x, value, gradient) = (next, nextValue, nextGradient);
        }

        return x;
    }

    static double[] Direction(double[] gradient, List<(double[] Step, double[] Change, double Scale)> history)
    {
        double[] q = [.. gradient];
        double[] alphas = new double[history.Count];
        for (int i = history.Count - 1; i >= 0; i--)
        {
            alphas[i] = history[i].Scale * Dot(history[i].Step, q);
            Add(q, history[i].Change, -alphas[i]);
        }

        if (history.Count > 0)
        {
            (double[] _, double[] change, double scale) = history[^1];
            double shrink = 1 / (scale * Dot(change, change));
            for (int i = 0; i < q.Length; i++)
            {
                q[i] *= shrink;
            }
        }

        for (int i = 0; i < history.Count; i++)
        {
            double beta = history[i].Scale * Dot(history[i].Change, q);
            Add(q, history[i].Step, alphas[i] - beta);
        }

        return [.. q.Select(value => -value)];
    }

    // Armijo's condition by halving: enough on a convex loss that L-BFGS scales.
    static (double[] X, double Value, double[] Gradient) Search(Problem problem, double[] x, double value, double[] gradient, double[] direction, bool first)
    {
        double slope = Dot(gradient, direction);
        double step = first ? 1 / Math.Max(1, Norm(gradient)) : 1;
        while (true)
        {
            double[] next = [.. x];
            Add(next, direction, step);
            (double nextValue, double[] nextGradient) = problem.At(next);
            if (nextValue <= value + (Decrease * step * slope) || step < 1e-10)
            {
                return (next, nextValue, nextGradient);
            }

            step /= 2;
        }
    }

    static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    static double Norm(double[] a) => Math.Sqrt(Dot(a, a));

    static double[] Minus(double[] a, double[] b)
    {
        double[] difference = new double[a.Length];
        for (int i = 0; i < a.Length; i++)
        {
            difference[i] = a[i] - b[i];
        }

        return difference;
    }

    static void Add(double[] a, double[] b, double times)
    {
        for (int i = 0; i < a.Length; i++)
        {
            a[i] += times * b[i];
        }
    }

    /// <summary>The loss and its gradient.</summary>
    sealed class Problem(IReadOnlyList<SparseVector> rows, IReadOnlyList<int> labels, int classes, int features, double penalty, double balance, double[] centre)
    {
        readonly double[] importance = Importance(labels, classes, balance);

        public double[] Start() => [.. centre];

        public (double Value, double[] Gradient) At(double[] w)
        {
            double[] gradient = new double[w.Length];
            double loss = 0;
            for (int i = 0; i < rows.Count; i++)
            {
                double[] probabilities = Probability.Softmax(Scores(w, rows[i], classes, features), 1);
                double share = importance[i];
                loss -= share * Math.Log(Math.Max(probabilities[labels[i]], 1e-300));
                for (int c = 0; c < classes; c++)
                {
                    double error = share * (probabilities[c] - (c == labels[i] ? 1 : 0));
                    int start = c * (features + 1);
                    for (int k = 0; k < rows[i].Numbers.Length; k++)
                    {
                        gradient[start + rows[i].Numbers[k]] += error * rows[i].Weights[k];
                    }

                    gradient[start + features] += error;
                }
            }

            return (loss + Penalty(w, gradient), gradient);
        }

        public static double[] Scores(double[] w, SparseVector row, int classes, int features)
        {
            double[] scores = new double[classes];
            for (int c = 0; c < classes; c++)
            {
                int start = c * (features + 1);
                double score = w[start + features];
                for (int k = 0; k < row.Numbers.Length; k++)
                {
                    score += w[start + row.Numbers[k]] * row.Weights[k];
                }

                scores[c] = score;
            }

            return scores;
        }

        // The biases are free: how common a class is costs nothing to say.
        double Penalty(double[] w, double[] gradient)
        {
            double sum = 0;
            for (int i = 0; i < w.Length; i++)
            {
                if (i % (features + 1) != features)
                {
                    double distance = w[i] - centre[i];
                    sum += distance * distance;
                    gradient[i] += penalty * distance;
                }
            }

            return penalty / 2 * sum;
        }

        static double[] Importance(IReadOnlyList<int> labels, int classes, double balance)
        {
            double[] counts = new double[classes];
            foreach (int label in labels)
            {
                counts[label]++;
            }

            double[] raw = [.. labels.Select(label => Math.Pow(labels.Count / (classes * counts[label]), balance))];
            double sum = raw.Sum();
            return [.. raw.Select(value => value / sum)];
        }
    }
}
