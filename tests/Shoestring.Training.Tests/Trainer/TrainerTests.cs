using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

public class TrainerTests
{
    static TrainerOptions Options(long steps = 12) => new() { Steps = steps, LearningRate = 0.05, ClipNorm = 0 };

    [Fact]
    public void The_loss_falls_and_every_step_is_told()
    {
        using var run = new Run(Options(200));
        run.Train().ShouldBe(TrainingEnd.Done);
        run.Steps.Count.ShouldBe(200);
        run.Steps[^1].Step.ShouldBe(200);
        run.Steps[^1].Tokens.ShouldBe(run.Trainer.State.Tokens);
        run.Steps[^20..].Average(step => step.Loss).ShouldBeLessThan(run.Steps[0].Loss / 10);
        run.Trainer.History.Losses.ShouldBe(run.Steps.Select(step => step.Loss));
        run.Checkpoints.ShouldBe(1);
    }

    [Fact]
    public void Released_gradients_give_the_bits_of_SGD()
    {
        using Run kept = new(Options(), new SgdOptions()), released = new(Options() with { ReleaseGradients = true }, new SgdOptions());
        kept.Train();
        released.Train();
        float[][] expected = kept.Model.Copy(), actual = released.Model.Copy();
        for (int i = 0; i < expected.Length; i++)
        {
            actual[i].ShouldBe(expected[i]);
        }

        released.Optimizer!.StateBytes.ShouldBe(0);
    }

    [Fact]
    public void Clipping_bounds_the_step()
    {
        using var run = new Run(Options(1) with { ClipNorm = 0.25, Schedule = LearningRateSchedule.Constant }, new SgdOptions());
        float[][] before = run.Model.Copy();
        run.Train();
        double moved = Math.Sqrt(run.Model.Copy().Select((values, i) => Math.Pow(OptimizerTests.Distance(values, before[i]), 2)).Sum());
        moved.ShouldBe(0.05 * 0.25, 1e-6);
        run.Steps[0].GradientNorm!.Value.ShouldBeGreaterThan(0.25);
    }

    // The norm is known after a first pass; the second one changes the weights.
    [Fact]
    public void Clipped_gradients_give_the_same_bits_kept_or_released()
    {
        TrainerOptions options = Options() with { ClipNorm = 0.25 };
        using Run kept = new(options, new SgdOptions()), released = new(options with { ReleaseGradients = true }, new SgdOptions()), free = new(Options(), new SgdOptions());
        kept.Train();
        released.Train();
        free.Train();
        released.Model.Copy().SelectMany(values => values).ShouldBe(kept.Model.Copy().SelectMany(values => values));
        released.Model.Copy().SelectMany(values => values).ShouldNotBe(free.Model.Copy().SelectMany(values => values));
        released.Steps.Select(step => step.GradientNorm).ShouldBe(kept.Steps.Select(step => step.GradientNorm));
        released.Model.Calls.ShouldBe(2 * kept.Model.Calls);
    }

    [Fact]
    public void Batches_added_up_are_their_mean()
    {
        using var run = new Run(Options(1) with { Accumulation = 2, Schedule = LearningRateSchedule.Constant }, new SgdOptions());
        float before = run.Model.Copy()[3][0];
        using var apart = new Run(Options(1), new SgdOptions());
        var batch = new TrainingBatch();
        double gradient = 0, total = 0;
        for (int i = 0; i < 2; i++)
        {
            apart.Data.Next(batch);
            apart.Model.ClearGradients();
            apart.Model.Accumulate(batch, null);
            gradient += apart.Model.Gradient(3).Span(0, 1)[0];
            total += batch.TotalWeight;
        }

        run.Train();
        run.Model.Copy()[3][0].ShouldBe((float)(before - (0.05 * gradient / total)), 1e-6f);
    }

    [Fact]
    public void A_gradient_that_is_not_finite_names_its_parameter_and_spoils_nothing()
    {
        foreach (bool released in new[] { false, true })
        {
            using var run = new Run(Options() with { ReleaseGradients = released }, new SgdOptions());
            run.Model.Fault = (1, 5);
            TrainingDivergedException fault = Should.Throw<TrainingDivergedException>(() => run.Train());
            fault.Step.ShouldBe(5);
            fault.Parameter.ShouldBe("blk.0.ffn_up.weight");
            fault.Message.ShouldContain("lower learning rate");
            run.Model.Copy().SelectMany(values => values).ShouldAllBe(value => float.IsFinite(value));
            run.Checkpoints.ShouldBe(0);
        }
    }

    [Fact]
    public void A_loss_that_runs_away_ends_the_run()
    {
        using var run = new Run(Options(100));
        run.Model.Growth = call => call < 20 ? 1 : Math.Pow(2, call - 19);
        Should.Throw<TrainingDivergedException>(() => run.Train()).Message.ShouldContain("lowest mean");
        run.Trainer.State.Step.ShouldBeInRange(25, 40);
    }

    [Fact]
    public void One_bad_batch_does_not_end_it()
    {
        using var run = new Run(Options(40));
        run.Model.Growth = call => call == 20 ? 1000 : 1;
        run.Train().ShouldBe(TrainingEnd.Done);
    }

    [Fact]
    public void It_stops_when_held_out_loss_does_not_fall()
    {
        using var run = new Run(Options(100) with { EvaluateEvery = 5, Patience = 3 });
        run.HeldOut = step => step < 20 ? 10 - step : 10 + step;
        run.Train().ShouldBe(TrainingEnd.StoppedEarly);
        run.Trainer.State.Step.ShouldBe(30);
        run.Trainer.State.BestStep.ShouldBe(15);
        run.Trainer.History.HeldOut.Select(one => one.Step).ShouldBe([0, 5, 10, 15, 20, 25, 30]);
    }

    [Fact]
    public void The_best_weights_are_kept_where_it_may_stop_early()
    {
        foreach (int patience in new[] { 0, 3 })
        {
            using var run = new Run(Options(40) with { EvaluateEvery = 5, Patience = patience });
            run.HeldOut = step => step < 20 ? 10 - step : 10 + step;
            run.Train();
            run.Best.ShouldBe(patience > 0 ? [0, 5, 10, 15] : []);
        }
    }

    [Fact]
    public void Asked_to_stop_it_keeps_what_is_done()
    {
        using var run = new Run(Options());
        using var stop = new CancellationTokenSource();
        run.HeldOut = _ => 1;
        stop.Cancel();
        run.Trainer.Run(stop.Token).ShouldBe(TrainingEnd.Interrupted);
        run.Checkpoints.ShouldBe(1);
        run.Trainer.State.Step.ShouldBe(0);
    }

    [Fact]
    public void Blockwise_training_changes_one_unit_and_holds_its_state_alone()
    {
        using var run = new Run(Options(3) with { Blockwise = new BlockwiseOptions(BlockwiseMethod.BAdam) { Interval = 3, Order = BlockOrder.Ascending } });
        float[][] before = run.Model.Copy();
        run.Train();
        float[][] after = run.Model.Copy();
        after[0].ShouldNotBe(before[0]);
        after[1].ShouldBe(before[1]);
        after[2].ShouldBe(before[2]);
        run.Optimizer!.StateBytes.ShouldBe(8 * run.Model.Parameters[0].Count);
    }

    [Fact]
    public void Mezo_lowers_the_loss_without_gradients()
    {
        using var run = new Run(Options(300) with { Mezo = new MezoOptions(), LearningRate = 2e-3, Schedule = LearningRateSchedule.Constant });
        run.Train();
        run.Model.Calls.ShouldBe(0);
        run.Steps[^20..].Average(step => step.Loss).ShouldBeLessThan(run.Steps[..20].Average(step => step.Loss) / 2);
    }

    [Fact]
    public void A_text_without_anything_to_learn_is_told()
    {
        using var run = new Run(Options(), learns: false);
        Should.Throw<InputException>(() => run.Train()).Message.ShouldContain("to be learned");
    }

    [Fact]
    public void Options_that_do_not_go_together_are_told()
    {
        Should.Throw<InputException>((Options() with { ReleaseGradients = true, Accumulation = 2 }).Check);
        Should.Throw<InputException>((Options() with { Mezo = new MezoOptions(), ReleaseGradients = true }).Check);
        Should.Throw<InputException>((Options() with { Steps = 0 }).Check);
        Should.Throw<InputException>((Options() with { LearningRate = double.NaN }).Check);
    }
}
