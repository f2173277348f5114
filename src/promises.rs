//! The guarantees of this crate, and the tests that verify them.
//!
//! Every line names a test that fails if the guarantee is broken; another test checks that all of these tests exist. `SECURITY.md`
//! says what is *not* guaranteed, and which inputs are trusted.
//!
//! # Numerics
//!
//! | promise | tested by |
//! |---|---|
//! | Every kernel computes what its definition in [`kernel::naive`](crate::kernel::naive) computes, on integers to the last bit | [`tests/kernels/main.rs`]: `every_kernel_is_tested_against_its_definition` |
//! | Gradients are the derivatives of `forward`, compared with central differences in `f64` | [`tests/every_layer.rs`]: `the_gradient_is_the_slope` |
//! | Every layer gives the same bits on any number of threads, and is unchanged after saving and loading | [`tests/every_layer.rs`]: `any_number_of_threads_gives_the_same_bits`, `what_is_saved_is_loaded` |
//! | Layers compute what PyTorch computes | [`tests/golden.rs`]: `layers_agree_with_pytorch` |
//! | Every loss computes what PyTorch computes, its gradient is its derivative, and it is finite however large the outputs are | [`tests/losses.rs`]: `computes_what_pytorch_computes`, `its_gradient_is_the_slope_of_its_value`, `is_finite_at_extreme_outputs` |
//! | Every optimizer takes PyTorch's steps, with the same bits on any number of threads and after resuming | [`tests/optimizers.rs`]: `takes_the_steps_that_pytorch_takes`, `neither_threads_nor_a_stop_change_its_bits` |
//! | A whole training takes PyTorch's steps, too, also on clipped gradients | [`tests/golden_training.rs`]: `a_training_of_three_steps`, `a_training_on_clipped_gradients` |
//! | Every schedule has PyTorch's learning rates | [`tests/learning_rates.rs`]: `schedules_have_the_factors_that_pytorch_has` |
//! | What a convolution computes of the layers after it, in inference, has the bits of these layers one after the other, for any number of samples | [`tests/epilogues.rs`]: `nobody_notices` |
//! | In training, some convolutions take another algorithm than in inference; their results differ by rounding errors only | [`tests/training.rs`]: `training_in_tiles_has_the_same_bits_on_any_number_of_threads_and_predicts_what_inference_does` |
//! | A max pooling propagates NaN | [`tests/kernels/poolings.rs`]: `a_max_pooling_passes_nan_on` |
//! | Figures of no samples are NaN, not 0 | [`tests/training_limits.rs`]: `an_evaluation_of_no_samples_knows_nothing` |
//!
//! # Determinism
//!
//! | promise | tested by |
//! |---|---|
//! | A seed gives the same bits on any number of threads. The last bits may differ between kinds of processor | [`tests/training.rs`]: `a_seed_gives_the_same_bits_on_any_number_of_threads` |
//! | … and on any number of processes, by MPI | [`tests/processes/bits.rs`]: `a_training_has_the_same_bits_on_any_number_of_processes_and_threads` |
//! | … also if one of them is killed, and the training resumed by another number | [`tests/processes/killed.rs`]: `a_killed_process_ends_all_and_the_training_can_be_resumed` |
//! | … also while your own code waits for other threads | [`tests/user_threads.rs`]: `all_of_them_may_wait_for_threads` |
//! | An image is augmented in the same way on every machine, all channels alike, whatever dataset it is in | [`tests/augmentation/main.rs`]: `a_seed_gives_the_same_bits_everywhere`, `channels_are_treated_alike`, `every_dataset_can_be_augmented` |
//! | A training that is stopped or killed anywhere and resumed ends with the same bits | [`tests/checkpoints/main.rs`]: `a_training_stopped_anywhere_ends_with_the_same_bits` |
//! | … also if it is killed while writing a file | [`tests/killed.rs`]: `a_killed_training_goes_on_where_it_was`, `a_training_killed_in_the_middle_of_a_file_goes_on_too` |
//! | A training that is resumed on another kind of processor says so | [`tests/damaged_checkpoints/main.rs`]: `another_kind_of_processor_is_said_and_no_error` |
//!
//! # Divergence
//!
//! | promise | tested by |
//! |---|---|
//! | `fit` never returns a network that is not finite: it returns an error, whichever step diverged | [`tests/divergence.rs`]: `the_last_step_counts_too`, `a_validation_loss_that_is_not_finite_is_an_error` |
//! | A step whose loss is not finite is not taken | [`tests/divergence.rs`]: `a_step_whose_loss_is_not_finite_is_not_taken` |
//!
//! # Shapes
//!
//! | promise | tested by |
//! |---|---|
//! | A network with inconsistent shapes does not compile; every mistake in `network!` is one error, at the word or layer that is wrong | [`tests/compile_fail.rs`]: `mistakes_are_compile_errors`, `every_mistake_is_one_error` |
//! | Sizes that overflow do not compile either, in any build | [`tests/limits.rs`]: `sizes_of_layers_do_not_wrap_around`, `rules_do_not_wrap_around` |
//! | Pixels of several channels without the name of their order, interleaved or planar, are refused, not misread | [`tests/predictions.rs`]: `a_color_image_without_a_name_is_refused` |
//!
//! # Files
//!
//! | promise | tested by |
//! |---|---|
//! | A file is seen completely or not at all, even with concurrent writers | [`tests/atomic_writes.rs`]: `many_writers_leave_one_whole_file` |
//! | A replaced file keeps mode and owner; links are followed, devices and pipes are written directly, anything else is refused | [`tests/atomic_writes.rs`]: `a_file_keeps_its_mode`, `links_are_followed`, `devices_are_written_through`, `what_is_no_file_is_refused` |
//! | Any file operation may fail: either the old file exists or the new one | [`src/file/write.rs`]: `each_operation_may_fail`, `a_write_may_end_anywhere` |
//! | … and no checkpoint is lost | [`src/io/checkpoint/resume.rs`]: `each_operation_of_a_save_may_fail`, `each_operation_of_a_resume_may_fail` |
//! | A changed or missing byte in a model file or a checkpoint is detected. The checksum detects damage; it does not prove where a file comes from | [`tests/damage.rs`]: `every_changed_byte_is_found`, `every_missing_end_is_found_and_every_byte_too_many` |
//! | If the newest checkpoint is damaged, the training resumes from the newest intact one, and says so | [`tests/damaged_checkpoints/main.rs`]: `a_damaged_checkpoint_is_set_aside_and_the_training_ends_the_same` |
//! | PyTorch loads files written by this crate, and vice versa | [`tests/model_files/pytorch.rs`]: `a_state_dict_of_pytorch_predicts_the_same`, `pytorch_would_load_what_is_written` |
//! | A refused file leaves the network unchanged | [`tests/model_files/refused.rs`]: `another_architecture_is_refused_with_all_that_is_wrong` |
//! | … and the trainer | [`tests/damaged_checkpoints/main.rs`]: `where_none_is_whole_nothing_is_done`, `whole_checkpoints_that_do_not_fit_are_no_damage` |
//! | Text from files cannot control the terminal | [`tests/model_files/refused.rs`]: `text_in_files_leaves_terminals_alone` |
//! | An IDX file is a header and exactly its samples, or it is refused; pipes and devices are refused without blocking | [`tests/idx.rs`]: `any_bytes_are_survived`, `what_is_no_file_is_refused` |
//! | No data is read from the folder for temporary files, where others could put it | [`tests/mnist.rs`]: `nothing_is_taken_from_the_temporary_folder` |
//! | A downloaded dataset has the pinned SHA-256 sums, whatever a mirror sends | [`tests/download/mirrors.rs`]: `a_bad_mirror_is_an_error_and_the_next_one_is_asked` |
//! | … and is there whole or not at all, also if the process is killed, the disk is full, or any file operation fails | [`tests/download/killed.rs`]: `a_killed_download_leaves_a_whole_folder_or_none` |
//! | Without a network, a download ends within five seconds | [`tests/download/mirrors.rs`]: `without_a_network_there_is_an_error_in_time` |
//! | A picture is made to fit in a prediction as it was in the training, by the rule in the model's file; a model without one refuses | [`tests/images/predictions.rs`]: `the_rule_of_the_training_is_that_of_the_prediction`, `what_cannot_be_predicted_is_said` |
//! | Decoded pictures in the cache are those of the folder as it is: whole, whenever a process was killed, and made again after any change | [`tests/images/cache.rs`]: `a_killed_process_leaves_nothing_half_written`, `every_change_of_the_folder_is_noticed`, `a_damaged_cache_is_made_again` |
//! | Every input that once broke a file reader is read again in every test run | [`tests/fuzz_corpus.rs`]: `every_input_that_is_kept_is_survived` |
//!
//! # Panics
//!
//! | promise | tested by |
//! |---|---|
//! | A panic is a mistake of the caller, explained at the public entry point | [`tests/arguments/lengths.rs`]: `matrices`, `activations`, `batch_norms`, `denses` |
//! | A panic in your own code (dataset, loss, layer, callback) costs only that step. One in an optimizer's update may leave the network partially updated | [`tests/panics.rs`]: `a_panic_costs_one_step` |
//!
//! # Memory
//!
//! | promise | tested by |
//! |---|---|
//! | Steps and predictions allocate nothing after the first (except that `matrixmultiply` packs large operands and the thread pool queues work); only a thread that waits in your own code may allocate another buffer | [`tests/allocations.rs`]: `steps_and_predictions_allocate_nothing` |
//! | A shard that waits for others keeps an activation or its gradient, not both | [`tests/allocations.rs`]: `shards_that_wait_keep_activations_or_their_gradients` |
//! | A network is allocated on the heap: nothing large passes through the stack, also in debug builds | [`tests/stack.rs`]: `a_network_of_megabytes_lives_on_a_stack_of_256_kib` |
//! | If memory of a size given by a file or a setting cannot be allocated, that is an error. A failed small allocation aborts the process, as usual in Rust; files on disk stay intact | [`tests/out_of_memory.rs`]: `a_model_is_read_rightly_or_not_at_all`, `a_checkpoint_is_written_whole_or_not_at_all` |
//! | A network that cannot be allocated is a panic that states its size | [`tests/limits.rs`]: `where_there_is_no_memory_the_panic_says_for_what` |
//!
//! # Unsafe code
//!
//! | promise | tested by |
//! |---|---|
//! | It is in two files: the call of `matrixmultiply` and the memory map. Four others pass the map's safety contract on to their callers | [`tests/modules.rs`]: `unsafe_stands_in_two_files` |
//! | It is sound for all arguments of safe functions: kernels refuse inconsistent sizes and strides, in arithmetic that cannot overflow, in every build, before they write ([`kernel::naive`](crate::kernel::naive) checks nothing) | [`tests/arguments/products.rs`]: `products_are_right_or_refused`, `rows_of_c_that_go_backwards_in_wrapping_numbers` |
//! | … also for convolutions and poolings of any geometry | [`tests/arguments/geometries.rs`]: `convolutions_are_right_or_refused`, `poolings_are_right_or_refused` |
//! | Miri, an interpreter that detects undefined behavior, finds none | [`tests/miri.rs`]: `a_step_a_prediction_and_a_model_file`, `packed_products_of_any_strides` |
//!
//! # Threads
//!
//! | promise | tested by |
//! |---|---|
//! | No lock is held while your own code runs: it may wait for other threads, and evaluate a network on the threads that call it | [`tests/user_threads.rs`]: `a_data_set_may_wait_for_threads`, `a_layer_may_wait_for_threads`, `a_data_set_may_evaluate_on_the_threads_that_load_it` |
//!
//! # Limits
//!
//! | promise | tested by |
//! |---|---|
//! | Values in a sample (with its padding), in the patches of a convolution, in a network's parameters: 2³¹ − 1, or 2²⁸ − 1 with 32-bit addresses ([`MAX_NUMBERS`](crate::shape::MAX_NUMBERS)) | [`tests/limits.rs`]: `what_goes_between_layers_is_limited_too`, `parameters_are_counted_together` |
//! | Memory for the steps of a training: 64 GiB, and what the system has (`train::limits::MAX_BYTES`) | [`tests/training_limits.rs`]: `a_batch_is_as_large_as_memory_allows` |
//! | Threads: 4 for each core, but at least 8 (`train::limits::max_threads`) | [`tests/training_limits.rs`]: `threads_are_as_many_as_help` |
//! | Samples in a dataset to train on: 2³² − 1. Steps of a training: 2⁵³. Factors of a learning rate: 0 to 10¹² | [`tests/training_limits.rs`]: `a_fit_that_cannot_work_changes_nothing` |
//! | Bytes of a model file or a checkpoint: 40 for each parameter, the header, and 64 MiB ([`io`](crate::io#limits)) | [`tests/large_files.rs`]: `a_file_is_refused_by_its_length_before_it_is_read`, `limits_leave_room_for_what_is_written` |
//! | Bytes of its header: 4 MiB, plus those of golden pairs and names | [`tests/large_files.rs`]: `a_header_of_any_size_is_refused_quickly_and_in_few_words` |
//! | Mismatches listed in an error about a model file: 20, each in about 400 characters | [`src/io/refusal.rs`]: `errors_are_short_whatever_the_file_is` |
//! | Samples in an IDX file: 2³² − 1, in up to 255 dimensions, and as many bytes as can be addressed | [`tests/idx.rs`]: `a_length_may_overflow` |
//! | Pixels of a picture in a folder (`data::ImageFolder`): 2²⁶ | [`tests/images/decoding.rs`]: `what_is_no_picture_is_named` |
//! | Pixels of a picture for the example `predict`: 2²⁵, in 4 bytes of memory each, 5 with transparency | [`tests/examples/output.rs`]: `a_picture_takes_the_memory_that_is_stated` |
//!
//! [`src/file/write.rs`]: https://docs.rs/crate/shapeproof/latest/source/src/file/write.rs
//! [`src/io/checkpoint/resume.rs`]: https://docs.rs/crate/shapeproof/latest/source/src/io/checkpoint/resume.rs
//! [`src/io/refusal.rs`]: https://docs.rs/crate/shapeproof/latest/source/src/io/refusal.rs
//! [`tests/allocations.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/allocations.rs
//! [`tests/arguments/geometries.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/arguments/geometries.rs
//! [`tests/arguments/lengths.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/arguments/lengths.rs
//! [`tests/arguments/products.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/arguments/products.rs
//! [`tests/atomic_writes.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/atomic_writes.rs
//! [`tests/augmentation/main.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/augmentation/main.rs
//! [`tests/checkpoints/main.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/checkpoints/main.rs
//! [`tests/compile_fail.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/compile_fail.rs
//! [`tests/damage.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/damage.rs
//! [`tests/damaged_checkpoints/main.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/damaged_checkpoints/main.rs
//! [`tests/divergence.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/divergence.rs
//! [`tests/download/killed.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/download/killed.rs
//! [`tests/download/mirrors.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/download/mirrors.rs
//! [`tests/examples/output.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/examples/output.rs
//! [`tests/fuzz_corpus.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/fuzz_corpus.rs
//! [`tests/epilogues.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/epilogues.rs
//! [`tests/every_layer.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/every_layer.rs
//! [`tests/golden.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/golden.rs
//! [`tests/losses.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/losses.rs
//! [`tests/optimizers.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/optimizers.rs
//! [`tests/golden_training.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/golden_training.rs
//! [`tests/idx.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/idx.rs
//! [`tests/images/cache.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/images/cache.rs
//! [`tests/images/decoding.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/images/decoding.rs
//! [`tests/images/predictions.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/images/predictions.rs
//! [`tests/kernels/main.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/kernels/main.rs
//! [`tests/kernels/poolings.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/kernels/poolings.rs
//! [`tests/killed.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/killed.rs
//! [`tests/large_files.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/large_files.rs
//! [`tests/learning_rates.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/learning_rates.rs
//! [`tests/limits.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/limits.rs
//! [`tests/miri.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/miri.rs
//! [`tests/mnist.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/mnist.rs
//! [`tests/model_files/pytorch.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/model_files/pytorch.rs
//! [`tests/model_files/refused.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/model_files/refused.rs
//! [`tests/modules.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/modules.rs
//! [`tests/out_of_memory.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/out_of_memory.rs
//! [`tests/panics.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/panics.rs
//! [`tests/predictions.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/predictions.rs
//! [`tests/processes/bits.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/processes/bits.rs
//! [`tests/processes/killed.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/processes/killed.rs
//! [`tests/stack.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/stack.rs
//! [`tests/training.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/training.rs
//! [`tests/training_limits.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/training_limits.rs
//! [`tests/user_threads.rs`]: https://docs.rs/crate/shapeproof/latest/source/tests/user_threads.rs
