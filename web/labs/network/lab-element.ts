// What this lab's elements share.
import { LabElement as Shared } from '../lab-element';
import type { NetworkInfo } from './net';

export { Atlas, NowAndThen, PerBuild } from '../lab-element';
export abstract class LabElement extends Shared<NetworkInfo> {}
