using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

public class TrainingBatchTests
{
    [Fact]
    public void A_document_of_n_and_one_tokens_gives_n_rows_that_predict_the_next()
    {
        TrainingBatch batch = new();
        batch.Add([5, 6, 7], [9, 0, 0.5f]);
        batch.Add([8, 9]);
        batch.Rows.ShouldBe(3);
        batch.Tokens.ToArray().ShouldBe([5, 6, 8]);
        batch.Targets.ToArray().ShouldBe([6, 7, 9]);
        batch.Weights.ToArray().ShouldBe([0, 0.5f, 1]);
        batch.Documents.ToArray().ShouldBe([new RowRange(0, 2), new RowRange(2, 1)]);
        batch.TotalWeight.ShouldBe(1.5);
    }

    [Fact]
    public void Targets_may_be_given_row_by_row()
    {
        TrainingBatch batch = new();
        batch.Add([1, 2], [1, 2], [0, 1]);
        batch.Targets.ToArray().ShouldBe([1, 2]);
        batch.Documents.ToArray().ShouldBe([new RowRange(0, 2)]);
    }

    [Fact]
    public void What_does_not_fit_together_is_refused()
    {
        TrainingBatch batch = new();
        Should.Throw<ArgumentOutOfRangeException>(() => batch.Add([1]));
        Should.Throw<ArgumentOutOfRangeException>(() => batch.Add([1, 2, 3], [1, 1]));
        Should.Throw<ArgumentOutOfRangeException>(() => batch.Add([1, 2], [1], []));
        batch.Rows.ShouldBe(0);
    }

    [Fact]
    public void Filled_again_it_allocates_nothing()
    {
        TrainingBatch batch = new();
        int[] document = [.. Enumerable.Range(0, 300)];
        Fill();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Fill();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        void Fill()
        {
            batch.Clear();
            for (int i = 0; i < 10; i++)
            {
                batch.Add(document);
            }
        }
    }
}
